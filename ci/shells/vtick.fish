# SPDX-License-Identifier: GPL-2.0-only
# Completion of vtick for fish; what a word may be, 'vtick help --complete' says.

# Names of files that begin as $name and end in $ending, with folders ('/': those alone), behind $before; where there are
# none, all.
function __vtick_files --argument-names before name ending
    set -l some
    set -l all
    for file in "$name"*
        if string match -q -r '[\t\n]' -- "$file"
            continue
        else if test -d "$file"
            set -a some "$before$file/"
        else if string match -q -- "*$ending" "$file"
            set -a some "$before$file"
        else if test "$ending" != /
            set -a all "$before$file"
        end
    end
    set -q some[1]; and set all $some
    set -q all[1]; and printf '%s\n' $all
end

function __vtick_complete
    # Unquoted; nothing is expanded but a tilde.
    set -l words (string replace -r '^~/' "$HOME/" -- (commandline -opc))
    set -l word (string replace -r '^~/' "$HOME/" -- (commandline -ct | string unescape))
    for line in (command $words[1] help --complete (count $words) -- $words[2..-1] "$word" 2>/dev/null </dev/null)
        set -l part (string split \t -- $line)
        if test -n "$part[1]"
            printf '%s\n' $line
            continue
        end
        set -l before (string sub -l $part[3] -- "$word")
        set -l name (string sub -s (math $part[3] + 1) -- "$word")
        if test "$part[2]" = folders
            __vtick_files "$before" "$name" /
        else
            __vtick_files "$before" "$name" "$part[4]"
        end
    end
end

complete -c vtick -f -a '(__vtick_complete 2>/dev/null)'
