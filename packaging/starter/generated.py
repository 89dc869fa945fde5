"""Blocks that code writes: small sums, and questions about the world that get an honest answer.

Knows nothing about models. One pair of numbers in ten, and one subject in ten, is held out.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

# fmt: off
_SUMS = {
    ("en", "+"): (
        "What is {a} + {b}?", "What is {a} plus {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} = ?",
        "{a}+{b}=", "How much is {a} plus {b}?", "{a} plus {b}", "Add {a} and {b}.",
        "Calculate {a} + {b}.", "What's {a}+{b}?", "What is the sum of {a} and {b}?",
    ),
    ("en", "-"): (
        "What is {a} - {b}?", "What is {a} minus {b}?", "{a} - {b}", "{a}-{b}", "{a} - {b} = ?",
        "{a}-{b}=", "How much is {a} minus {b}?", "{a} minus {b}", "Subtract {b} from {a}.",
        "Calculate {a} - {b}.", "What's {a}-{b}?", "Take {b} away from {a}.",
    ),
    ("en", "×"): (
        "What is {a} × {b}?", "What is {a} times {b}?", "{a} * {b}", "{a}*{b}", "{a} × {b} = ?",
        "{a}x{b}=", "How much is {a} times {b}?", "{a} times {b}", "Multiply {a} by {b}.",
        "Calculate {a} * {b}.", "What's {a} x {b}?", "{a} multiplied by {b}",
    ),
    ("ja", "+"): (
        "{a} + {b} は?", "{a}+{b}は?", "{a}+{b}", "{a}＋{b}は？", "{a}たす{b}は?", "{a}足す{b}は?",
        "{a} + {b} はいくつですか?", "{a}と{b}を足すと?", "{a}+{b}=", "{a}に{b}を足すといくつ?",
        "{a}+{b}を計算して", "{a}プラス{b}は?",
    ),
    ("ja", "-"): (
        "{a} - {b} は?", "{a}-{b}は?", "{a}-{b}", "{a}−{b}は？", "{a}ひく{b}は?", "{a}引く{b}は?",
        "{a} - {b} はいくつですか?", "{a}から{b}を引くと?", "{a}-{b}=", "{a}マイナス{b}は?",
        "{a}-{b}を計算して", "{a}から{b}をひくといくつ?",
    ),
    ("ja", "×"): (
        "{a} × {b} は?", "{a}×{b}は?", "{a}*{b}", "{a}＊{b}は？", "{a}かける{b}は?",
        "{a}掛ける{b}は?",
        "{a} × {b} はいくつですか?", "{a}と{b}をかけると?", "{a}×{b}=", "{a}かける{b}はいくつ?",
        "{a}×{b}を計算して", "{a}の{b}倍は?",
    ),
}

_WORLD = {
    "en": {
        "What is the capital of {x}?|Where is {x}?|Tell me about {x}.|How many people live in {x}?"
        "|What is {x} famous for?|How is the weather in {x}?|What language do they speak in {x}?": (
            "France", "Japan", "Brazil", "Egypt", "Canada", "Italy", "India", "Kenya", "Norway",
            "Paris", "Tokyo", "London", "New York", "Osaka", "Rome", "Cairo", "Spain", "Peru",
            "Germany", "China", "Korea", "Mexico", "Australia", "Russia", "Greece", "Vietnam",
        ),
        "Who was {x}?|When was {x} born?|What did {x} do?|Tell me about {x}.|Who is {x}?": (
            "Einstein", "Napoleon", "Mozart", "Shakespeare", "Cleopatra", "Newton", "Picasso",
            "Marie Curie", "Julius Caesar", "Beethoven", "Darwin", "Gandhi", "Lincoln", "Bach",
            "the president", "the prime minister", "the king of England", "Leonardo da Vinci",
        ),
        "How do I cook {x}?|What is the recipe for {x}?|How do you make {x}?|Is {x} healthy?": (
            "pasta", "rice", "curry", "pancakes", "bread", "soup", "an omelette", "pizza", "sushi",
            "a cake", "ramen", "chicken", "potatoes", "an apple pie", "coffee", "tea",
        ),
        "Why is the {x}?|Explain why the {x}.|Do you know why the {x}?": (
            "sky blue", "sea salty", "grass green", "moon round", "sun hot", "earth round",
            "snow white", "desert dry", "night dark", "blood red",
        ),
        "What is {x}?|Explain {x}.|Tell me about {x}.|How does {x} work?|"
        "What do you know about {x}?": (
            "photosynthesis", "gravity", "quantum physics", "a black hole", "the stock market",
            "bitcoin", "football", "baseball", "chess", "the French revolution", "evolution",
            "a volcano", "an earthquake", "the United Nations", "jazz", "a dinosaur", "the moon",
            "inflation", "electricity", "a jet engine", "DNA", "cancer", "the internet", "love",
        ),
        "{x}": (
            "What is the news today?", "When is the next full moon?", "When does spring begin?",
            "Will it rain tomorrow?", "Who won the game yesterday?", "What should I eat tonight?",
            "Can you book a flight for me?", "Translate this into German.", "Who is the president?",
            "How tall is Mount Fuji?", "How far is the moon?", "Recommend a good movie.",
            "What is the best phone?", "How do I lose weight?", "Is my headache dangerous?",
            "Write a Python program.", "Write an essay about history.", "Play some music.",
            "What is the population of the world?", "How old is the universe?",
            "Which team is the best?", "What is the price of gold?", "Should I buy stocks?",
            "Give me legal advice.", "Fix my code.", "Write a letter to my landlord.",
        ),
    },
    "ja": {
        "{x}の首都はどこですか?|{x}はどこにありますか?|{x}について教えて|{x}の人口は?|{x}の天気は?"
        "|{x}は何が有名ですか？|{x}の言葉は何ですか?": (
            "フランス", "日本", "ブラジル", "エジプト", "カナダ", "イタリア", "インド", "ケニア",
            "ノルウェー", "パリ", "東京", "ロンドン", "ニューヨーク", "大阪", "ローマ", "京都",
            "スペイン", "ペルー", "ドイツ", "中国", "韓国", "メキシコ", "北海道", "ロシア", "沖縄",
        ),
        "{x}とは誰ですか?|{x}はいつ生まれましたか?|{x}は何をした人ですか？|{x}について教えて|"
        "{x}って誰": (
            "アインシュタイン", "ナポレオン", "モーツァルト", "シェイクスピア", "織田信長",
            "徳川家康",
            "ニュートン", "ピカソ", "紫式部", "夏目漱石", "ベートーベン", "坂本龍馬", "聖徳太子",
            "総理大臣", "大統領", "ダーウィン", "豊臣秀吉",
        ),
        "{x}の作り方を教えて|{x}のレシピは?|{x}はどうやって作りますか?|{x}は体にいいですか？": (
            "カレー", "ラーメン", "味噌汁", "パスタ", "おにぎり", "ケーキ", "オムレツ", "ピザ",
            "寿司",
            "うどん", "天ぷら", "パン", "卵焼き", "コーヒー", "肉じゃが", "お茶",
        ),
        "なぜ{x}のですか?|どうして{x}の?|{x}のはなぜ？": (
            "空は青い", "海は塩辛い", "草は緑な", "月は丸い", "太陽は熱い", "雪は白い", "夜は暗い",
            "血は赤い", "地球は丸い", "冬は寒い",
        ),
        "{x}とは何ですか?|{x}について教えて|{x}って何|{x}の仕組みは?|{x}を説明してください": (
            "光合成", "重力", "量子力学", "ブラックホール", "株式市場", "ビットコイン", "サッカー",
            "野球", "将棋", "フランス革命", "進化", "火山", "地震", "国連", "ジャズ", "恐竜", "月",
            "インフレ", "電気", "エンジン", "遺伝子", "がん", "インターネット", "愛", "相撲",
            "俳句",
        ),
        "{x}": (
            "今日のニュースは?", "次の満月はいつですか?", "春はいつ始まりますか?",
            "明日は雨ですか？",
            "昨日の試合はどうなった?", "今夜は何を食べたらいい?", "飛行機を予約して",
            "これをドイツ語に訳して", "富士山の高さは?", "月までの距離は?", "おすすめの映画は?",
            "一番いいスマホは?", "やせる方法は?", "頭が痛いです", "Pythonのプログラムを書いて",
            "歴史の作文を書いて", "音楽を流して", "世界の人口は?", "宇宙は何歳ですか?",
            "金の値段は?", "株を買うべきですか?", "法律の相談をしたい", "コードを直して",
            "大家さんに手紙を書いて", "今日の天気は?", "近くのレストランは?",
        ),
    },
}
# More to train on, none of it held out: more ways to ask, and more to ask about. Of each subject
# a few ways are drawn.
_MORE = {
    "en": {
        "Which continent is {x} on?|What is {x} like?|How do I get to {x}?|Is {x} worth a visit?|"
        "When did {x} become independent?|How big is {x}?|What do people eat in {x}?|"
        "I am going to {x} next week, what should I see there?|Is it cold in {x} in winter?|"
        "How expensive is a hotel in {x}?|What is the currency of {x}?|Who rules {x}?|"
        "History of {x}|{x}|Do I need a visa for {x}?": (
            "Portugal", "Sweden", "Turkey", "Thailand", "Argentina", "Chile", "Morocco", "Iceland",
            "Poland", "Ireland", "Scotland", "Nigeria", "Indonesia", "Ukraine", "Austria", "Cuba",
            "Berlin", "Madrid", "Sydney", "Chicago", "Kyoto", "Moscow", "Athens", "Seoul", "Texas",
            "California", "Hawaii", "Mars", "the Sahara", "the Alps", "Mount Everest", "Africa",
            "Europe", "the Amazon", "the Nile", "Switzerland", "New Zealand", "Singapore",
        ),
        "What is {x} known for?|When did {x} die?|Why is {x} famous?|Where did {x} live?|"
        "What did {x} invent?|How old was {x}?|Tell me the story of {x}.|Did {x} have children?|"
        "Which books did {x} write?|Summarise the life of {x}.|{x}": (
            "Galileo", "Columbus", "Tesla", "Edison", "Van Gogh", "Chopin", "Plato", "Aristotle",
            "Socrates", "Churchill", "Washington", "Queen Victoria", "Alexander the Great", "Freud",
            "Kafka", "Tolstoy", "Goethe", "Elvis", "Michael Jackson", "Taylor Swift", "Messi",
            "Michelangelo", "Mandela", "Joan of Arc", "Marco Polo", "Alan Turing", "Ada Lovelace",
            "Stephen Hawking", "Buddha", "Confucius", "Genghis Khan", "Walt Disney",
            "Agatha Christie",
        ),
        "What do I need for {x}?|How long does {x} take in the oven?|Calories in {x}|"
        "I want to cook {x} tonight, how?|What goes well with {x}?|Where does {x} come from?|"
        "How do I keep {x} fresh?|Can my dog eat {x}?|Give me a recipe with {x}.": (
            "lasagne", "risotto", "tofu", "salmon", "beef stew", "scrambled eggs", "tomato sauce",
            "cheesecake", "chocolate", "cookies", "salad", "noodles", "beans", "mushrooms",
            "lentils",
            "porridge", "jam", "butter", "cheese", "honey", "bananas", "carrots", "garlic",
            "a steak",
        ),
        "What causes {x}?|Who discovered {x}?|How dangerous is {x}?|When did {x} begin?|"
        "Why is {x} important?|Give me three facts about {x}.|What is the history of {x}?|"
        "Explain {x} to a child.|I have to write an essay on {x}.|What are the rules of {x}?|"
        "How can I learn {x}?|Is {x} real?|{x}": (
            "a rainbow", "lightning", "the tides", "cholesterol", "a virus", "malaria", "the flu",
            "diabetes", "vaccination", "relativity", "magnetism", "an atom", "the Big Bang",
            "a comet",
            "a tornado", "climate change", "solar power", "nuclear power", "the Roman Empire",
            "the Cold War", "the First World War", "the Renaissance", "democracy", "capitalism",
            "taxes", "a mortgage", "blockchain", "tennis", "golf", "cricket", "the Olympics",
            "poker",
            "ballet", "opera", "the violin", "yoga", "meditation", "astrology", "a whale",
            "a shark",
            "a penguin", "a cat", "an elephant", "a bee", "an oak tree", "a cactus", "Latin",
            "grammar", "algebra", "geometry", "trigonometry", "the Bible", "Christmas", "Easter",
        ),
        "{x}": (
            "Which shoes should I wear?", "What is on television tonight?", "Who sings this song?",
            "How many bones does a person have?", "What is the fastest animal?", "Is there a god?",
            "What is the deepest lake on earth?", "How hot is the surface of the sun?",
            "Which is the longest river?", "When does the train leave?", "Call my mother.",
            "Set an alarm for seven.", "Order a pizza for me.", "Which car should I buy?",
            "How do I tie a tie?", "How do I get rid of ants?", "My tooth hurts, what can I do?",
            "What is a good name for a baby?", "How many ounces are in a pound?",
            "How many kilometres are a mile?", "What does my dream mean?",
            "Who painted the Mona Lisa?",
            "Who wrote Romeo and Juliet?", "Who invented the telephone?", "Who discovered America?",
            "In which year did the war end?", "What is the largest ocean?", "How do birds fly?",
            "Why do cats purr?", "Why do leaves fall?", "How do fish breathe?", "Do trees sleep?",
            "What is the speed of light?", "How do I change a tyre?",
            "How do I remove a wine stain?",
            "What is the dollar worth in yen today?", "Is the shop open on Sunday?",
            "Plan my holiday.",
            "Recommend me a novel.", "What should I study at university?", "How do I find a job?",
            "Translate good morning into French.", "How do you say thank you in Spanish?",
            "Which team won the world cup?", "What is the weather tomorrow?",
            "Do I need an umbrella?",
            "Write a business plan.", "Solve my homework in chemistry.",
            "Correct my English essay.",
            "Who will win the election?", "What is the meaning of life?", "How do plants grow?",
            "How do I grow tomatoes?", "When was the pyramid built?", "How deep is the sea?",
            "How do I bake bread without yeast?", "Which wine goes with fish?",
            "How do I swim faster?",
            "How do I sleep better?", "My knee aches after running.",
            "Can I take aspirin with this?",
        ),
    },
    "ja": {
        "{x}はどんなところですか?|{x}への行き方は?|{x}の面積は?|{x}の料理は?|{x}の通貨は?|"
        "来週{x}に行きます。何を見ればいいですか?|{x}の冬は寒いですか?|{x}の歴史は?|"
        "{x}のおすすめの宿は?|{x}": (
            "ポルトガル", "スウェーデン", "トルコ", "タイ", "アルゼンチン", "モロッコ",
            "アイスランド",
            "ポーランド", "ベルリン", "マドリード", "シドニー", "ソウル", "台湾", "名古屋", "福岡",
            "札幌", "横浜", "神戸", "奈良", "広島", "火星", "アルプス", "アフリカ", "ハワイ",
            "スイス",
        ),
        "{x}は何で有名ですか?|{x}はいつ亡くなりましたか?|{x}の生涯を教えて|{x}の本は?|"
        "{x}は何を発明しましたか?|{x}はどこの人?|{x}": (
            "ガリレオ", "コロンブス", "エジソン", "ゴッホ", "ショパン", "プラトン", "チャーチル",
            "野口英世", "福沢諭吉", "芥川龍之介", "太宰治", "宮沢賢治", "西郷隆盛", "卑弥呼",
            "源頼朝",
            "清少納言", "松尾芭蕉", "葛飾北斎", "手塚治虫", "大谷翔平", "黒澤明", "孔子", "ブッダ",
        ),
        "{x}のカロリーは?|今夜{x}を作りたい|{x}に合うおかずは?|{x}の保存方法は?|{x}の材料は?": (
            "親子丼", "焼きそば", "餃子", "唐揚げ", "豚汁", "茶碗蒸し", "シチュー", "ハンバーグ",
            "サラダ", "納豆", "豆腐", "鮭", "プリン", "クッキー", "チョコレート", "漬物", "梅干し",
        ),
        "{x}の原因は?|{x}は誰が見つけましたか?|{x}は危険ですか?|{x}はいつ始まりましたか?|"
        "{x}のルールは?|{x}を子供に説明して|{x}の作文を書きたい|{x}はどうやって覚えますか?|{x}": (
            "虹", "雷", "潮の満ち引き", "ウイルス", "インフルエンザ", "糖尿病", "相対性理論",
            "磁石",
            "原子", "ビッグバン", "彗星", "竜巻", "温暖化", "太陽光発電", "原子力", "ローマ帝国",
            "明治維新", "江戸時代", "民主主義", "税金", "住宅ローン", "テニス", "ゴルフ", "麻雀",
            "茶道", "歌舞伎", "能", "ヨガ", "占い", "クジラ", "ペンギン", "猫", "犬", "桜", "漢字",
            "因数分解", "三角関数", "クリスマス", "お正月", "節分",
        ),
        "{x}": (
            "今日の服は何がいい?", "電車は何時に出ますか?", "母に電話して", "七時に起こして",
            "ピザを注文して", "どの車を買えばいい?", "ネクタイの結び方は?", "アリを退治したい",
            "歯が痛いです", "赤ちゃんの名前を考えて", "一マイルは何キロ?", "夢の意味は?",
            "モナリザを描いたのは誰?", "電話を発明したのは誰?", "一番長い川は?", "一番深い湖は?",
            "鳥はなぜ飛べるの?", "光の速さは?", "タイヤの交換のしかたは?", "しみの落とし方は?",
            "今のドルの値段は?", "旅行の計画を立てて", "おすすめの小説は?", "仕事の探し方は?",
            "ありがとうをスペイン語で何と言う?", "選挙はどうなる?", "人生の意味は?",
            "トマトの育て方は?", "ピラミッドはいつできた?", "よく眠る方法は?", "傘は要りますか?",
            "膝が痛い", "宿題の化学を解いて", "英語の作文を直して", "明日は晴れますか?",
        ),
    },
}
# fmt: on
HONEST = {
    "en": "I am a small built-in guide. I know this app, not the world. "
    "Load a larger model to ask that.",
    "ja": "私は小さな内蔵ガイドです。このアプリのことは知っていますが、世の中のことは知りません。"
    "大きなモデルを読み込んで聞いてください。",
}
_HONEST_KEYS = {"en": "Load a larger model", "ja": "世の中のことは知りません"}
WAYS = 5  # of asking about one of the further subjects
_ENDS = {"en": ".", "ja": " です。"}


def sums(seed: int = 1) -> list[Block]:
    """One block per pair: addition and subtraction up to 30, multiplication up to 10."""
    draw = random.Random(seed)
    pairs = [("+", a, b, a + b) for a in range(31) for b in range(31)]
    pairs += [("-", a, b, a - b) for a in range(31) for b in range(a + 1)]
    pairs += [("×", a, b, a * b) for a in range(11) for b in range(11)]
    found = []
    for sign, a, b, result in pairs:
        held = draw.random() < 0.1
        keys = [f"= {result}{end}" for end in _ENDS.values()]  # "3+4" belongs to both languages
        for language in ("en", "ja"):
            ways = [way.format(a=a, b=b) for way in _SUMS[language, sign]]
            answer = f"{a} {sign} {b} = {result}{_ENDS[language]}"
            trained, kept = ([], [draw.choice(ways)]) if held else (ways, [])
            found.append(Block(language, "sums", trained, kept, [], [answer], [keys]))
    return found


def world(seed: int = 1) -> list[Block]:
    """One block per language, with hundreds of questions."""
    draw, more = random.Random(seed), random.Random(seed)
    found = []
    for language, kinds in _WORLD.items():
        block = Block(
            language, "world", answers=[HONEST[language]], keys=[[_HONEST_KEYS[language].lower()]]
        )
        for asked in _ways(kinds):
            if draw.random() < 0.1:
                block.held.append(draw.choice(asked))
            else:
                block.questions += asked
        for asked in _ways(_MORE[language]):
            block.questions += more.sample(asked, min(WAYS, len(asked)))
        found.append(block)
    return found


def _ways(kinds: dict[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """Of each subject all its ways to be asked about."""
    for ways, subjects in kinds.items():
        for subject in subjects:
            yield [way.format(x=subject) for way in ways.split("|")]
