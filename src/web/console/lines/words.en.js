// What the console says of drafts, in English.
export default {
  'clash.both': 'Put both together',
  'clash.mine': 'Keep the one here',
  'clash.theirs': 'Take that one',
  'clash.title': 'You have written something else here in another window:',
};
