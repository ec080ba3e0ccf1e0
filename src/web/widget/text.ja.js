// What the visitor reads, in Japanese.

export const log = 'やりとり';
export const name = 'お名前';
export const email = 'メールアドレス';
export const phone = '電話番号';
export const question = 'お問い合わせ内容';
export const message = 'メッセージ';
export const optional = '任意';
export const start = 'チャットを始める';
export const intro = '順番にお答えします。';
export const needed = 'ご入力ください。';
export const badEmail = 'メールアドレスの形式をご確認ください。';
export const tooLong = '文字数が多すぎます。';
export const failed = '送信できませんでした。もう一度お試しください。';
export const waiting = '担当者を呼び出しています…';
export const place = 'ただいま {n} 番目にお待ちです。';
export const eta = '約 {n} 分で応答の見込みです。';
export const waitHint = 'お待ちの間もご記入いただけます。';
export const leave = 'メールで回答を受け取る';
export const leaveSure = '順番待ちをやめて、メッセージを送りますか？';
export const leaveYes = '順番待ちをやめる';
export const chatting = '{name} が対応しています';
export const write = 'メッセージを入力';
export const send = '送信';
export const sending = '送信中…';
export const sent = '送信済み';
export const seen = '既読';
export const notSent = '送信できませんでした：';
export const retry = '再送する';
export const discard = '削除する';
export const typing = '{name} が入力しています…';
export const you = 'お客様';
export const joined = '{name} が対応を始めました。';
export const returned = '別の担当者が引き継ぎます。少々お待ちください。';
export const newer = '新しいメッセージ';
export const lost = '接続が切れました。再接続しています…';
export const back = '再接続しました。';
export const end = 'チャットを終了';
export const endSure = 'このチャットを終了しますか？';
export const endNo = '続ける';
export const ended = 'チャットは終了しました。';
export const endedIdle = 'しばらく発言がなかったため、チャットを終了しました。';
export const rate = '今回の対応はいかがでしたか？';
export const stars = '5 段階中 {n}';
export const comment = 'ご意見';
export const sendRating = '評価を送る';
export const thanks = 'ご評価ありがとうございました。';
export const copy = 'やりとりの控えをメールで受け取る';
export const copied = '控えをお送りします。';
export const again = '新しいチャット';
export const offline =
  'ただいま担当者が不在です。メッセージをお送りいただければ、メールでご返信します。';
export const full =
  'ただいま大変混み合っています。メッセージをお送りいただければ、メールでご返信します。';
export const missed =
  '申し訳ございません。時間内に応答できませんでした。メッセージをお送りいただければ、メールでご返信します。';
export const leftQueue =
  '順番待ちを終了しました。メッセージをお送りいただければ、メールでご返信します。';
export const ring = 'もう一度チャットで呼び出す';
export const leaveMessage = 'メッセージを送る';
export const received = 'メッセージを承りました。{name} 宛にご返信します。';
export const forgotten = '以前のチャットは表示できなくなりました。';
export const unkept = 'ブラウザーに保存できないため、このタブでのみ続けられます。';
export const minimise = 'チャットを最小化';
export const openUnread = 'チャットで問い合わせる（未読 {n} 件）';
