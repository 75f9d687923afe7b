#compdef playpen -p pp-*
# Completion of playpen, and of its shims pp-NAME, for zsh. Printed by
# `playpen --completions zsh`.

# A row for each option: its name, its letter, "=" if its value may be left
# out, what completes the value, its help.
typeset -g _playpen_table='@TABLE@'

# _playpen_values TAKES: the value, of which compset has taken off all else.
_playpen_values() {
    local -a found
    local expl

    case $1 in
    @path)
        compset -P '[-+]'
        _files
        ;;
    @directory) _files -/ ;;
    @variable) _wanted variables expl variable \
        compadd -- ${(k)parameters[(R)*export*]} ;;
    @preset)
        found=(${(f)"$(command playpen --list 2> /dev/null)"})
        _wanted presets expl preset compadd -- ${found%%[[:blank:]]*}
        ;;
    @*) _message ${1#@} ;;
    *) _wanted values expl value compadd -- ${=1} ;;
    esac
}

_playpen() {
    local row word current preset command booleans
    local -a fields names
    local -A takes optional
    integer i

    # All the arguments of pp-NAME are NAME's.
    if [[ ${words[1]:t} == pp-* ]]; then
        words[1]=${${words[1]:t}#pp-}
        _normal -p playpen
        return
    fi
    for row in ${(f)_playpen_table}; do
        fields=("${(@s:|:)row}")
        names+=("$fields[1]:${${fields[5]}//:/\\:}")
        takes[$fields[1]]=$fields[4]
        optional[$fields[1]]=$fields[3]
        takes[-$fields[2]]=$fields[4]
    done
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        [[ $word != --install-shims* ]] || preset=1
        case $word in
        --)
            command=1
            ((i++))
            break
            ;;
        --*=*) continue ;;
        --*) ;;
        -?*)
            # The first letter that takes a value has the rest of the word.
            word=${word#-}
            while [[ -z $takes[-$word[1]] && -n $word[2,-1] ]]; do
                word=$word[2,-1]
            done
            [[ -z $word[2,-1] ]] || continue
            word=-$word
            ;;
        *)
            command=1
            break
            ;;
        esac
        [[ -n $takes[$word] ]] || continue
        if [[ -z $optional[$word] ]]; then
            if ((++i >= CURRENT)); then
                _playpen_values $takes[$word]
                return
            fi
        elif ((i + 1 == CURRENT)); then
            booleans=$takes[$word]
        elif [[ " $takes[$word] " == *" $words[i+1] "* ]]; then
            ((++i))
        fi
    done
    current=$words[CURRENT]
    if [[ -n $preset && $current != -* ]]; then
        _playpen_values @preset
    elif [[ -z $command && $current == --*=* ]]; then
        compset -P 1 '*='
        _playpen_values $takes[${current%%=*}]
    elif [[ -z $command && $current == -* ]]; then
        _describe -o option names
    else
        [[ -z $booleans ]] || _playpen_values $booleans
        words=("${(@)words[i,-1]}")
        ((CURRENT -= i - 1))
        _normal -p playpen
    fi
}

if [[ $funcstack[1] == _playpen ]]; then
    _playpen "$@"
else
    compdef _playpen playpen
    compdef -p _playpen 'pp-*'
fi
