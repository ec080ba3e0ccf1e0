// The shop's page: puts the department's code out of its own address (?department=CODE), or else the
// first one that the gateway has, into the one script tag that a real shop would have in its page,
// and keeps it in the links.
async function firstDepartment() {
  try {
    const answer = await fetch('/demo/department');
    return answer.ok ? (await answer.json()).department : null;
  } catch {
    return null;
  }
}

const code = new URLSearchParams(location.search).get('department') ?? await firstDepartment();

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
