# The manual of the settings says what their tables say.
set -u
page=$TOP_SRCDIR/src/core/settings/deskbell-settings.7
"$TOP_BUILDDIR/src/core/settings_print" | diff "$page" - || {
    echo "make settings-docs writes it anew"
    exit 1
}
