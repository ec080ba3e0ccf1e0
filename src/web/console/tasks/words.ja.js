// In Japanese: tags.  Keys and placeholders are the same in both.
export default {
  'tags.count.one': '{count} 件',
  'tags.count.other': '{count} 件',
  'tags.filter.title': 'タグで絞り込む',
  'tags.gone': '{tag} を外しました。',
  'tags.help': 'Enter で追加します。40 文字まで。大文字・小文字、全角・半角、ひらがな・カタカナは区別しません。',
  'tags.in-use': '使われているタグ',
  'tags.label': 'タグ',
  'tags.none': 'タグはまだありません。',
  'tags.put': '{tag} を追加しました。',
  'tags.remove': '{tag} を外す',
  'tags.title': '#{number} のタグ',
};
