// In English: tags.  Keys and placeholders are the same in both.
export default {
  'tags.count.one': '{count} chat',
  'tags.count.other': '{count} chats',
  'tags.filter.title': 'Chats with a tag',
  'tags.gone': '{tag} is taken away.',
  'tags.help': 'Enter adds it, at most 40 characters. Capitals, wide letters and kana make no difference.',
  'tags.in-use': 'Tags in use',
  'tags.label': 'Tag',
  'tags.none': 'No tags yet.',
  'tags.put': '{tag} is added.',
  'tags.remove': 'Take {tag} away',
  'tags.title': 'Tags of #{number}',
};
