// Of the dialog that makes files of conversations.
export default {
  'export.csv': 'Table (CSV)',
  'export.csv.help': 'For spreadsheets. What looks like a formula is kept as text.',
  'export.far': '{done} of {of} conversations',
  'export.format': 'File',
  'export.go': 'Export',
  'export.heads': 'One row for each conversation',
  'export.heads.help': 'Who, when, where, how it ended',
  'export.json': 'JSON',
  'export.json.help': 'For programs',
  'export.lines': 'All lines',
  'export.lines.help': 'Every message and note, with its time',
  'export.on': '{done} conversations so far',
  'export.title': 'Export conversations',
  'export.too-big': 'This is too much for the browser. “deskbellctl conversation export” writes files of any size.',
  'export.what': 'What is in it',
};
