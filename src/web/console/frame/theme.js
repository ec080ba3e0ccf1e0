// Before the first paint: the scheme that was chosen on this device, if any.
try {
  const theme = localStorage.getItem('deskbell.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // no storage: the system's scheme it is
}
