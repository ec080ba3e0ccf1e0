#!/bin/sh
# Write the built-in mail templates as a C file to stdout.  $1: the folder etc/mail.
set -eu

printf '/* Made by src/mail/builtin.sh from the templates in etc/mail. */\n'
printf '#include "mail_int.h"\n\n'
printf 'const struct builtin_template builtin_templates[] = {\n'
for tongue in en ja; do
    for letter in transcript block feedback missed copy reply forward test digest invitation \
        reset task mention; do
        for part in subject txt html; do
            printf '    {"%s", "%s", "%s",\n' "$tongue" "$letter" "$part"
            sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/     "/' -e 's/$/\\n"/' \
                "$1/$tongue/$letter.$part"
            printf '    },\n'
        done
    done
done
printf '};\n'
printf 'const size_t builtin_template_count = COUNT_OF(builtin_templates);\n'
