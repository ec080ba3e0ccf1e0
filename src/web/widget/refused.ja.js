// Why something is refused, in Japanese: see refused.en.js.
export default {
  'empty needed feedback-none': '入力してください。',
  'too-long too-long-bytes': '{n}文字までで入力してください。',
  'control one-line characters encoding': 'ここでは使えない文字が含まれています。',
  'door-offline': 'ただいま担当者が不在です。',
  'door-closed': 'ただいまチャットの受付を停止しています。',
  'rate-chats chats-open address-connections address-unfinished':
    'お使いの回線からのチャットが多すぎます。しばらくお待ちください。',
  'rate rate-attempts rate-hour': '回数が多すぎます。しばらくしてからもう一度お試しください。',
  'messages-hour space-all copies-of copies-all disk-behind store-closed stopping':
    'ただいま混み合っています。しばらくしてからもう一度お試しください。',
  'space-address copies-to': 'すでに多く送信されています。1時間ほどしてからもう一度お試しください。',
  'lines-full': 'このチャットにはこれ以上書き込めません。新しいチャットを始めてください。',
  'copy-early feedback-early not-taken': 'チャットの終了後にご利用いただけます。',
  'copy-already given-already left-already': 'すでに受け付けています。',
  'copy-other': 'チャットの内容は、このチャットで入力されたメールアドレスにお送りします。',
  'copy-unanswered': '担当者が応答しなかったため、お送りできる内容がありません。',
  'no-from-any': 'ただいまメールを送信できません。',
  'chat-unknown no-chat-to-write no-conversation has-conversation not-missed waited-too-long':
    'このチャットはご利用いただけなくなりました。',
  'blocked other-website nameless department-unknown': 'ここではチャットをご利用いただけません。',
};
