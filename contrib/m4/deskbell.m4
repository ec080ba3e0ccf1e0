dnl DESKBELL_CHECK_CFLAGS(VARIABLE, FLAGS): append each flag that the compiler takes to VARIABLE.
dnl Unknown -W flags only warn in clang, hence -Werror while asking; -Wno-x is asked as -Wx.
AC_DEFUN([DESKBELL_CHECK_CFLAGS], [
  AC_LANG_PUSH([C])
  deskbell_saved="$CFLAGS"
  for deskbell_flag in m4_normalize([$2]); do
    AS_CASE([$deskbell_flag],
      [-Wno-*], [deskbell_ask="-W${deskbell_flag@%:@-Wno-}"],
      [deskbell_ask="$deskbell_flag"])
    AC_MSG_CHECKING([whether $CC takes $deskbell_flag])
    CFLAGS="$deskbell_saved -Werror $deskbell_ask"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       $1="$$1 $deskbell_flag"],
      [AC_MSG_RESULT([no])])
  done
  CFLAGS="$deskbell_saved"
  AC_LANG_POP([C])
])

dnl DESKBELL_CHECK_LDFLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([DESKBELL_CHECK_LDFLAGS], [
  AC_LANG_PUSH([C])
  deskbell_saved="$LDFLAGS"
  deskbell_saved_cflags="$CFLAGS"
  CFLAGS="$CFLAGS -fPIE"
  for deskbell_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether the linker takes $deskbell_flag])
    LDFLAGS="$deskbell_saved $deskbell_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       $1="$$1 $deskbell_flag"],
      [AC_MSG_RESULT([no])])
  done
  LDFLAGS="$deskbell_saved"
  CFLAGS="$deskbell_saved_cflags"
  AC_LANG_POP([C])
])
