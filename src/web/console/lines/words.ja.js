// What the console says of drafts, in Japanese.
export default {
  'clash.both': '両方をつなげる',
  'clash.mine': 'この画面の文を残す',
  'clash.theirs': 'そちらの文を使う',
  'clash.title': '別の画面で、ここに別の文が書かれています:',
};
