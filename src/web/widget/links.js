// Web addresses in what people write.  Text around an address touches it without a blank, above all
// in Japanese: so it ends at the first character that is none of an address, and at a bracket or a
// full stop that belongs to the sentence.

// A part of a name is of Latin letters or has none of them, so that "comか" is two things.
const ADDRESS = new RegExp(
  'https?://(?:(?:[a-z\\d\\u00c0-\\u024f-]+|(?:(?![ -~])[\\p{L}\\p{N}])+)\\.)*' +
    '[a-z\\d\\u00c0-\\u024f-]+(?::\\d+)?(?:[/?#][!#-;=?-\\[\\]_a-z~]*)?',
  'giu',
);

const closes = (url, open, close) =>
  url.endsWith(close) && url.split(close).length > url.split(open).length;

// The text in parts: each second one is an address.
export const splitLinks = text => {
  const parts = [];
  let from = 0;
  for (const {0: found, index} of text.matchAll(ADDRESS)) {
    let url = found;
    while (/[.,:;!?']$/.test(url) || closes(url, '(', ')') || closes(url, '[', ']'))
      url = url.slice(0, -1);
    parts.push(text.slice(from, index), url);
    from = index + url.length;
  }
  return [...parts, text.slice(from)];
};
