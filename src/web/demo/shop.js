// The shop's page: puts the department's code out of its own address (?department=CODE) into the
// one script tag that a real shop would have in its page, and keeps it in the links.
const code = new URLSearchParams(location.search).get('department');

if (code) {
  for (const link of document.querySelectorAll('a[data-keep]')) link.search = location.search;
  const script = document.createElement('script');
  script.async = true;
  script.src = '/w/deskbell.js';
  script.dataset.department = code;
  document.head.append(script);
} else {
  document.querySelector('.hint').hidden = false;
}
