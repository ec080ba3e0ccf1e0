// やりとりを書き出すダイアログの文言。
export default {
  'export.csv': '表（CSV）',
  'export.csv.help': '表計算ソフト用。数式に見えるものは文字として書き出します。',
  'export.far': '{of}件中{done}件',
  'export.format': 'ファイル形式',
  'export.go': '書き出す',
  'export.heads': 'やりとりごとに1行',
  'export.heads.help': '相手・日時・部門・終わり方',
  'export.json': 'JSON',
  'export.json.help': 'プログラム用',
  'export.lines': 'すべての発言',
  'export.lines.help': 'メッセージとメモを時刻つきで',
  'export.on': '{done}件まで完了',
  'export.title': 'やりとりの書き出し',
  'export.too-big': '件数が多すぎてブラウザーでは書き出せません。deskbellctl conversation export をお使いください。',
  'export.what': '内容',
};
