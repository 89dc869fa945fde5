"""Blocks that code writes: small sums, and questions about the world that get an honest answer.

Knows nothing about models. One pair of numbers in ten, and one subject in ten, is held out.
"""

from __future__ import annotations

import random

from blocks import Block

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
            "What is the news today?", "What time is it?", "What day is it today?",
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
            "今日のニュースは?", "今何時ですか?", "今日は何曜日ですか?", "明日は雨ですか？",
            "昨日の試合はどうなった?", "今夜は何を食べたらいい?", "飛行機を予約して",
            "これをドイツ語に訳して", "富士山の高さは?", "月までの距離は?", "おすすめの映画は?",
            "一番いいスマホは?", "やせる方法は?", "頭が痛いです", "Pythonのプログラムを書いて",
            "歴史の作文を書いて", "音楽を流して", "世界の人口は?", "宇宙は何歳ですか?",
            "金の値段は?", "株を買うべきですか?", "法律の相談をしたい", "コードを直して",
            "大家さんに手紙を書いて", "今日の天気は?", "近くのレストランは?",
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
    draw = random.Random(seed)
    found = []
    for language, kinds in _WORLD.items():
        block = Block(
            language, "world", answers=[HONEST[language]], keys=[[_HONEST_KEYS[language].lower()]]
        )
        for ways, subjects in kinds.items():
            for subject in subjects:
                asked = [way.format(x=subject) for way in ways.split("|")]
                if draw.random() < 0.1:
                    block.held.append(draw.choice(asked))
                else:
                    block.questions += asked
        found.append(block)
    return found
