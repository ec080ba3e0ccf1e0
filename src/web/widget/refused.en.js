// Why something is refused, in English: codes of refusal.h that a visitor may be given, each with the
// words for it.  Those that begin with "address-" are one sentence; what has none has that of its
// error.  {n} is the reason's first value.
export default {
  'empty needed feedback-none': 'Please fill this in.',
  'too-long too-long-bytes': 'At most {n} characters are possible.',
  'control one-line characters encoding': 'There is a character in it that is not possible here.',
  'door-offline': 'Nobody is here at the moment.',
  'door-closed': 'The chat is closed at the moment.',
  'rate-chats chats-open address-connections address-unfinished':
    'There are too many chats from your connection. Please wait a moment.',
  'rate rate-attempts rate-hour': 'Too many attempts. Please try again later.',
  'messages-hour space-all copies-of copies-all disk-behind store-closed stopping':
    'Too much is going on at the moment. Please try again later.',
  'space-address copies-to': 'A lot was sent already. Please try again in an hour.',
  'lines-full': 'This chat is full. Please start a new one.',
  'copy-early feedback-early not-taken': 'This is possible once the chat has ended.',
  'copy-already given-already left-already': 'This was done already.',
  'copy-other': 'The transcript goes to the address that you gave in this chat.',
  'copy-unanswered': 'Nobody answered this chat: there is no transcript.',
  'no-from-any': 'No e-mail can be sent from here at the moment.',
  'chat-unknown no-chat-to-write no-conversation has-conversation not-missed waited-too-long':
    'This chat is no longer available.',
  'blocked other-website nameless department-unknown': 'The chat is not available here.',
};
