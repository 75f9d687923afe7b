# Completion of playpen, and of its shims pp-NAME, for fish. Printed by
# `playpen --completions fish`.

# A row for each option: its name, its letter, "=" if its value may be left
# out, what completes the value, its help.
set -g __playpen_table (string split \n -- '@TABLE@')

# __playpen_row OPTION: its row in the variable row; none if there is none.
function __playpen_row --no-scope-shadowing
    set row
    for each in $__playpen_table
        set -l fields (string split -m 4 '|' -- $each)
        if contains -- $argv[1] $fields[1] -$fields[2]
            set row $fields
            break
        end
    end
end

function __playpen_presets
    command playpen --list 2>/dev/null | string replace -r '\s.*' ''
end

# __playpen_values TAKES PREFIX VALUE: what VALUE can become, after PREFIX.
function __playpen_values
    set -l prefix $argv[2]
    set -l value $argv[3]
    switch $argv[1]
        case @path @directory
            if string match -qr '^[-+]' -- $value
                set prefix $prefix(string sub -l 1 -- $value)
                set value (string sub -s 2 -- $value)
            end
            # What an unknown command would be offered: files.
            complete -C"'' $value" | while read -l each
                if test $argv[1] = @path || string match -q '*/' -- $each
                    echo $prefix$each
                end
            end
        case @variable
            string join \n -- $prefix(set -nx)
        case @preset
            string join \n -- $prefix(__playpen_presets)
        case '@*'
        case '*'
            string join \n -- $prefix(string split ' ' -- $argv[1])
    end
end

function __playpen
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l row
    set -l preset
    set -l booleans
    set -l command
    set -l i 2
    while test $i -le (count $words)
        set -l word $words[$i]
        if string match -q -- '--install-shims*' $word
            set preset 1
        end
        set row
        switch $word
            case --
                set command 1
                set i (math $i + 1)
                break
            case '--*=*'
            case '--*'
                __playpen_row $word
            case '-*'
                # The first letter that takes a value has the rest of the word.
                set word (string sub -s 2 -- $word)
                __playpen_row -(string sub -l 1 -- $word)
                while test -z "$row[4]" -a (string length -- $word) -gt 1
                    set word (string sub -s 2 -- $word)
                    __playpen_row -(string sub -l 1 -- $word)
                end
                if test (string length -- $word) -gt 1
                    set row
                end
            case '*'
                set command 1
                break
        end
        set i (math $i + 1)
        if test -z "$row[4]"
            continue
        end
        if test -z "$row[3]"
            if test $i -gt (count $words)
                __playpen_values $row[4] '' $current
                return
            end
            set i (math $i + 1)
        else if test $i -gt (count $words)
            set booleans $row[4]
        else if contains -- $words[$i] (string split ' ' -- $row[4])
            set i (math $i + 1)
        end
    end
    if set -q preset[1]; and not string match -q -- '-*' $current
        __playpen_presets
    else if set -q command[1]; or not string match -q -- '-*' $current
        if set -q booleans[1]
            __playpen_values $booleans ''
        end
        set -l rest (string escape -- $words[$i..-1])
        complete -C"$rest $current"
    else if string match -q -- '--*=*' $current
        set -l parts (string split -m 1 = -- $current)
        __playpen_row $parts[1]
        __playpen_values "$row[4]" $parts[1]= $parts[2]
    else
        for each in $__playpen_table
            set -l fields (string split -m 4 '|' -- $each)
            printf '%s\t%s\n' $fields[1] $fields[5]
        end
    end
end

complete -c playpen -f -a '(__playpen)'
# All the arguments of pp-NAME are NAME's.
for each in (__playpen_presets)
    complete -c pp-$each --wraps $each
end
