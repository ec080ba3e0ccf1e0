// Emoji that people write to each other at work, with the words that they are found by: the first
// is the name.  Our own choice and words, in English and Japanese; one line each, in groups.
const LINES = `
faces
😀|grinning smile happy|笑顔 にっこり うれしい
😃|smiling open mouth happy|笑い うれしい えがお
😄|smiling eyes laugh happy|にこにこ 笑い うれしい
😁|beaming grin|にっ 歯を見せた笑い
😆|laughing hard|大笑い わーい
😅|sweat smile relief|汗笑い ほっとした あせ
😂|tears of joy laugh lol|うれし泣き 爆笑 なみだ
🙂|slight smile|ほほえみ 微笑
😊|smiling blush pleased|照れ笑い ほほえみ うれしい
😇|halo angel|天使 いい子
😉|wink|ウインク
😍|heart eyes love|目がハート 大好き
🤩|star struck wow|目が星 感動
😋|yum tasty delicious|おいしい ぺろり
🤔|thinking hmm|考え中 うーん なやむ
🤗|hug|ハグ だきしめる
🤭|oops giggle|くすくす しまった
🤫|quiet shh|しー 静かに ひみつ
😐|neutral|無表情 真顔
😏|smirk|にやり
😌|relieved calm|安心 ほっとした
😴|sleeping tired|睡眠 ねむい おやすみ
😷|mask sick|マスク 風邪 びょうき
🤒|thermometer fever ill|熱 体温計 びょうき
🥳|party celebrate|パーティー お祝い
😎|sunglasses cool|サングラス かっこいい
😕|confused unsure|困惑 よくわからない
😟|worried|心配
😮|surprised oh|驚き おどろき
😳|flushed embarrassed|赤面 はずかしい
🥺|pleading please|お願い うるうる
😢|crying sad|泣き顔 悲しい なみだ
😭|loudly crying sad|号泣 大泣き
😱|scream shocked|絶叫 ショック
😞|disappointed sad|がっかり 残念
😩|weary tired|疲れた うんざり
😤|huff determined|ふんっ 鼻息
😡|angry|怒り おこる
🤯|mind blown|衝撃 あたま爆発
🙇|bowing sorry thanks|お辞儀 すみません お願いします
🙆|ok gesture person|オーケー まる いいよ
🙅|no gesture person|だめ ばつ
🙋|raising hand question|挙手 はい しつもん
🤷|shrug|肩をすくめる さあ
🤦|facepalm|あちゃー 頭をかかえる
hands
👍|thumbs up good yes|いいね 親指 了解
👎|thumbs down no|よくない 親指下
👌|ok perfect|オーケー かんぺき
✌️|victory peace|ピース ブイサイン
🤞|fingers crossed luck|幸運を うまくいきますように
👏|clapping applause bravo|拍手 すばらしい
🙌|raised hands hooray|ばんざい やった
🙏|folded hands please thanks|お願い ありがとう 合掌
🤝|handshake deal|握手 よろしく
👋|waving hello bye|手を振る こんにちは さようなら
💪|strong muscle|力こぶ がんばる
👉|pointing right|右を指す みぎ
👈|pointing left|左を指す ひだり
👆|pointing up|上を指す うえ
👇|pointing down|下を指す した
☝️|index up note|人差し指 注目
✋|raised hand stop|手のひら 止まれ
🤙|call me|電話して
✍️|writing|書く メモ
hearts
❤️|red heart love|赤いハート 愛 すき
🧡|orange heart|オレンジのハート
💛|yellow heart|黄色いハート
💚|green heart|緑のハート
💙|blue heart|青いハート
💜|purple heart|紫のハート
💕|two hearts|ふたつのハート
💔|broken heart|失恋 割れたハート
✨|sparkles|きらきら
⭐|star|星 ほし
🌟|glowing star|輝く星
💯|hundred perfect|百点 まんてん
💥|boom|どかん 衝突
💡|light bulb idea|電球 ひらめき アイデア
💬|speech bubble chat|ふきだし 会話 チャット
💭|thought|考え もやもや
signs
✅|check mark done|チェック 完了 できた
☑️|ballot check|チェックボックス
✔️|tick yes|チェック はい
❌|cross no wrong|ばつ まちがい
⭕|circle correct|まる せいかい
❗|exclamation important|びっくりマーク 重要
❓|question mark|はてな 質問
⚠️|warning caution|警告 注意
🚫|prohibited|禁止 だめ
🔴|red circle|赤い丸
🟡|yellow circle|黄色い丸
🟢|green circle|緑の丸
🔵|blue circle|青い丸
➡️|right arrow|右矢印
⬅️|left arrow|左矢印
⬆️|up arrow|上矢印
⬇️|down arrow|下矢印
🔄|refresh reload|更新 くりかえし
🆗|ok button|オーケー
🆕|new|新しい 新着
🆓|free|無料
♻️|recycle|リサイクル
things
📦|package parcel box|小包 荷物 はこ
🚚|delivery truck shipping|配送 トラック 配達
🎁|gift present|プレゼント 贈り物 ギフト
🛒|shopping cart|買い物かご カート
🛍️|shopping bags|買い物 ショッピング
💳|credit card payment|クレジットカード 支払い
💰|money|お金 おかね
🧾|receipt|レシート 領収書
🏷️|tag label price|値札 タグ
📄|document page|書類 文書
📎|paperclip attachment|クリップ 添付
📝|memo note|メモ 記入
📌|pin|ピン 固定
📅|calendar date|カレンダー 日付
⏰|alarm clock time|時計 目覚まし 時間
⏳|hourglass wait|砂時計 お待ちください
🕐|one o'clock time|時刻 いちじ
📞|telephone call|電話 でんわ
📱|mobile phone|携帯電話 スマホ
💻|laptop computer|パソコン ノート
🖨️|printer|プリンター 印刷
📧|e-mail|メール 電子メール
✉️|envelope letter|封筒 手紙
📷|camera photo|カメラ 写真
🔍|magnifying glass search|虫めがね 検索 さがす
🔑|key password|かぎ パスワード
🔒|locked security|鍵 ロック 安全
🔧|wrench repair|修理 レンチ なおす
⚙️|gear settings|歯車 設定
🔗|link|リンク
🔔|bell notice|ベル 通知
🎉|party popper congratulations|おめでとう クラッカー お祝い
🎊|confetti|くす玉 お祝い
🏆|trophy winner|トロフィー 優勝
🎂|birthday cake|誕生日 ケーキ
☕|coffee tea break|コーヒー お茶 休憩
🍵|green tea|お茶 緑茶
🍰|cake|ケーキ
🍎|apple|りんご
🍺|beer|ビール
🌸|cherry blossom|桜 さくら
🌹|rose|ばら 薔薇
💐|bouquet flowers|花束
🍀|four leaf clover luck|四つ葉 クローバー 幸運
🌈|rainbow|虹 にじ
☀️|sun sunny|太陽 晴れ
☁️|cloud|くもり 雲
☔|umbrella rain|雨 かさ
❄️|snow cold|雪 ゆき さむい
🔥|fire hot|火 炎 人気
🐶|dog|犬 いぬ
🐱|cat|猫 ねこ
🏠|house home|家 いえ
🏢|office building|会社 ビル
🏪|shop store|店 コンビニ
🚗|car|車 くるま
🚆|train|電車 でんしゃ
✈️|airplane flight|飛行機 ひこうき
🌍|globe world|地球 世界
🗾|map of japan|日本地図 にほん
🗻|mount fuji|富士山 ふじさん
`;

export const GROUPS = [];
for (const line of LINES.trim().split('\n')) {
  const [text, en, ja] = line.split('|');
  if (en) GROUPS.at(-1).rows.push({ text, en, ja });
  else GROUPS.push({ name: text, rows: [] });
}
