# Completion of playpen, and of its shims pp-NAME, for bash. Printed by
# `playpen --completions bash`.

# A row for each option: its name, its letter, "=" if its value may be left
# out, what completes the value, its help.
_playpen_table='@TABLE@'

# _playpen_row OPTION: sets optional and takes to what its row says.
_playpen_row()
{
    local name letter help

    # shellcheck disable=SC2034 # the help is for the other shells
    while IFS='|' read -r name letter optional takes help; do
        [[ $1 != "$name" && $1 != "-$letter" ]] || return 0
    done <<< "$_playpen_table"
    optional='' takes=''
}

# _playpen_reply PREFIX WORD...: those that begin with the current word, which
# has PREFIX before its value. Readline replaces only what comes after the last
# = or : of it.
_playpen_reply()
{
    local prefix=$1 piece=${COMP_WORDS[COMP_CWORD]} word

    shift
    [[ $piece != [=:] ]] || piece=''
    for word; do
        word=$prefix$word
        [[ $word != "$current"* ]] || COMPREPLY+=("${word#"${current%"$piece"}"}")
    done
}

# _playpen_values PREFIX: completes the value after it, as takes says.
_playpen_values()
{
    local value=${current#"$1"} found=() i

    case $takes in
    @path)
        if [[ $value != [-+]* ]]; then
            compopt -o default
            return
        fi
        mapfile -t found < <(compgen -f -- "${value:1}")
        for i in "${!found[@]}"; do
            if [[ -d ${found[i]/#'~'/$HOME} ]]; then
                found[i]+=/
                compopt -o nospace
            fi
        done
        compopt -o filenames
        _playpen_reply "$1${value:0:1}" ${found[@]+"${found[@]}"}
        ;;
    @directory) compopt -o dirnames ;;
    @variable)
        mapfile -t found < <(compgen -A export)
        _playpen_reply "$1" "${found[@]}"
        ;;
    @preset)
        mapfile -t found < <(command playpen --list 2> /dev/null)
        _playpen_reply "$1" "${found[@]%%[[:blank:]]*}"
        ;;
    @*) ;;
    *)
        # shellcheck disable=SC2086 # words
        _playpen_reply "$1" $takes
        ;;
    esac
}

# _playpen_command INDEX: what COMP_WORDS has from INDEX on is a command.
_playpen_command()
{
    if declare -F _comp_command_offset > /dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset > /dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
    else
        compopt -o default
    fi
}

_playpen()
{
    local words=() starts=() rest=$COMP_LINE optional='' takes='' booleans=''
    local piece word current last command='' preset='' i names

    COMPREPLY=()
    # COMP_WORDS is split at = and :, too. What stands together is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if [[ $i = 0 || $rest = [[:blank:]]* ]]; then
            words+=("$piece")
            starts+=("$i")
        else
            words[-1]+=$piece
        fi
        rest=${rest#*"$piece"}
    done
    last=$((${#words[@]} - 1))
    current=${words[last]}
    for ((i = 1; i < last; i++)); do
        word=${words[i]} takes='' optional=''
        [[ $word != --install-shims* ]] || preset=1
        case $word in
        --)
            command=1
            ((i++))
            break
            ;;
        --*=*) ;;
        --*) _playpen_row "$word" ;;
        -?*)
            # The first letter that takes a value has the rest of the word.
            while [[ -z $takes && -n ${word:1} ]]; do
                word=${word:1}
                _playpen_row "-${word:0:1}"
            done
            [[ -z ${word:1} ]] || takes=''
            ;;
        *)
            command=1
            break
            ;;
        esac
        [[ -n $takes ]] || continue
        if [[ -z $optional ]]; then
            ((++i < last)) || {
                _playpen_values ''
                return
            }
        elif ((i + 1 == last)); then
            booleans=$takes
        elif [[ " $takes " = *" ${words[i + 1]} "* ]]; then
            ((++i))
        fi
    done
    if [[ -n $preset && $current != -* ]]; then
        takes=@preset
        _playpen_values ''
    elif [[ -n $command ]]; then
        _playpen_command "${starts[i]}"
    elif [[ $current = --*=* ]]; then
        _playpen_row "${current%%=*}"
        _playpen_values "${current%%=*}="
    elif [[ $current = -* ]]; then
        mapfile -t names <<< "$_playpen_table"
        _playpen_reply '' "${names[@]%%|*}"
    else
        _playpen_command "${starts[last]}"
        # shellcheck disable=SC2086 # words
        _playpen_reply '' $booleans
    fi
}

# All the arguments of pp-NAME are NAME's.
_playpen_shim()
{
    local shim=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]}

    COMP_WORDS[0]=${shim##*pp-}
    COMP_LINE=${COMP_WORDS[0]}${COMP_LINE#"$shim"}
    COMP_POINT=$((COMP_POINT - ${#shim} + ${#COMP_WORDS[0]}))
    _playpen_command 0
}

complete -F _playpen playpen
mapfile -t _playpen_names < <(command playpen --list 2> /dev/null)
_playpen_names=("${_playpen_names[@]%%[[:blank:]]*}")
[[ ${#_playpen_names[@]} = 0 ]] ||
    complete -F _playpen_shim "${_playpen_names[@]/#/pp-}"
unset _playpen_names
