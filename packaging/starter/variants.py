"""Other ways to type the same question: frames, synonyms, words left out, case, politeness, slips.

Cheap variety against memorising. Knows nothing about models.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

# fmt: off
# A whole question in another frame. The first pattern that fits decides; case does not matter.
_FRAMES = {
    "en": (
        (r"what(?: is|'s| are) (?:the )?meaning of (.+)", (
            "what does {0} mean", "meaning of {0}", "what is {0}", "explain {0}", "define {0}",
        )),
        (r"what does (.+) mean", (
            "what is {0}", "meaning of {0}", "what is the meaning of {0}", "{0} meaning",
            "explain {0}", "define {0}", "what do you mean by {0}", "tell me what {0} means",
            "can you explain {0}", "can you tell me what {0} is", "explain what {0} means",
        )),
        (r"what does (.+) do", (
            "what is {0} for", "what does {0} do exactly", "what is the effect of {0}",
            "explain {0}", "what effect does {0} have", "what happens with {0}", "{0} effect",
            "how does {0} work", "what does {0} change", "tell me what {0} does",
        )),
        (r"(?:what is|what's|what are|explain|describe|define|tell me about) (.+)", (
            "what is {0}", "explain {0}", "describe {0}", "define {0}", "tell me about {0}", "{0}",
            "what's {0}", "what does {0} mean", "can you explain {0}", "what do you know about {0}",
            "what exactly is {0}", "give me an explanation of {0}", "i do not understand {0}",
            "can you tell me what {0} is", "tell me what {0} means", "explain what {0} is",
            "do you know what {0} means", "i want to know what {0} is", "how does {0} work",
            "what should i know about {0}", "in short, what is {0}", "what is {0} good for",
            "i keep reading about {0}", "what is meant by {0}", "why is there {0}",
        )),
        (r"(?:how do i|how can i|how to|how do you|how should i) (.+)", (
            "how do i {0}", "how can i {0}", "how to {0}", "how do you {0}", "i want to {0}",
            "what is the way to {0}", "is there a way to {0}", "show me how to {0}", "help me {0}",
            "how could i {0}", "i would like to {0}", "what do i do to {0}", "i need to {0}", "{0}",
            "tell me how to {0}", "explain how to {0}", "do you know how to {0}",
            "what must i do to {0}", "is it possible to {0}", "which button lets me {0}",
            "what are the steps to {0}", "where would i {0}", "how does one {0}",
        )),
        (r"(?:can i|could i|may i|is it possible to|am i able to) (.+)", (
            "can i {0}", "is it possible to {0}", "could i {0}", "may i {0}", "can you {0}",
            "is there a way to {0}", "am i able to {0}", "i want to {0}", "can one {0}",
        )),
        (r"(?:where is|where are|where do i find|where can i find|where's) (.+)", (
            "where is {0}", "where do i find {0}", "where can i find {0}", "i cannot find {0}",
            "show me {0}", "where can i see {0}", "in which place is {0}", "find {0}",
            "tell me where {0} is", "do you know where {0} is",
        )),
        (r"(?:why is|why does|why are|why do) (.+)", (
            "why is {0}", "why does {0}", "how come {0}", "what is the reason {0}", "{0}",
        )),
        (r"((?!is |are |do |does |can |should |which |who |when |how |why |i |you |it |my |tell )"
         r"[\w-]+(?: [\w-]+){0,2})", (
            "{0}", "what is {0}", "tell me about {0}", "explain {0}", "about {0}", "{0} please",
            "i have a question about {0}", "what about {0}", "{0}, what is that", "help with {0}",
        )),
    ),
    "ja": (
        (r"(.+?)(?:とは何ですか|って何ですか|とは何|って何|とは|の意味は|とはなんですか)", (
            "{0}とは何ですか", "{0}って何ですか", "{0}とは", "{0}って何", "{0}とはなんですか",
            "{0}",
            "{0}は何ですか", "{0}の意味は", "{0}の意味を教えて", "{0}について教えて",
            "{0}を説明して",
            "{0}とはどういうものですか", "{0}を簡単に説明して", "{0}は何のためにありますか",
            "{0}って結局何", "{0}は何に使いますか",
            "{0}ってなに", "{0}って何のこと", "{0}がわかりません", "{0}という言葉の意味は",
            "{0}ってどういう意味ですか",
        )),
        (r"(.+?)(?:について教えてください|を教えてください|について教えて|を教えて|"
        "を説明してください)", (
            "{0}について教えてください", "{0}を教えてください", "{0}について教えて", "{0}を教えて",
            "{0}は", "{0}を説明して", "{0}について知りたい", "{0}を知りたいです", "{0}", "{0}とは",
        )),
        (r"(.+?)(?:にはどうすればいいですか|にはどうしたらいいですか|方法は|方法|には)", (
            "{0}にはどうすればいいですか", "{0}にはどうしたらいいですか", "{0}方法は", "{0}方法",
            "{0}手順を教えて", "{0}にはどこを押す", "{0}のはどうやるの", "{0}ときはどうしますか",
            "{0}には", "{0}方法を教えてください", "{0}方法を教えて", "{0}にはどうする", "{0}やり方",
            "{0}手順は", "{0}",
        )),
        (r"(.+?)(?:はどこですか|はどこにありますか|はどこ)", (
            "{0}はどこですか", "{0}はどこにありますか", "{0}はどこ", "{0}の場所",
            "{0}を探しています",
            "{0}の場所を教えて", "{0}が見つかりません", "{0}はどこにある", "どこに{0}がありますか",
        )),
        (r"(.+?)(?:はできますか|できますか|できる)", (
            "{0}できますか", "{0}できる", "{0}できるの", "{0}は可能ですか", "{0}したい",
        )),
        (r"(?:なぜ|どうして|なんで)(.+?)(?:のですか|んですか|のでしょうか|の|か)?", (
            "なぜ{0}のですか", "どうして{0}のですか", "なんで{0}の", "{0}のはなぜですか",
            "{0}理由は", "{0}のはどうしてですか", "なぜ{0}", "{0}理由を教えて",
        )),
        (r"([^はがをにでも、。\s]{1,12})", (
            "{0}", "{0}とは", "{0}について", "{0}を教えて", "{0}について教えてください", "{0}は",
        )),
    ),
}
# Single words and endings, each replaced now and then.
_WORDS = {
    "en": (
        (r"\bdoes not\b", ("doesn't", "doesnt", "won't")),
        (r"\bdoesn't\b", ("does not", "doesnt")),
        (r"\bis not\b", ("isn't", "isnt")),
        (r"\bdo not\b", ("don't", "dont")),
        (r"\bdon't\b", ("do not", "dont")),
        (r"\b(?:can't|cannot)\b", ("cannot", "can't", "cant", "can not", "could not")),
        (r"\bwhat is\b", ("what's", "whats")),
        (r"\bchange\b", ("adjust", "set", "modify")),
        (r"\bdelete\b", ("remove", "erase")),
        (r"\bremove\b", ("delete",)),
        (r"\bthe app\b", ("this app", "the program", "the application", "chatapp")),
        (r"\bpick\b", ("choose", "select")),
        (r"\bchoose\b", ("pick", "select")),
        (r"\bbig(ger)?\b", (r"large",)),
        (r"\bquick\b", ("fast",)),
        (r"\bslow\b", ("not fast", "very slow", "too slow")),
        (r"\bshould i\b", ("do i", "must i")),
        (r"\bwrite\b", ("make", "give me")),
        (r"\bmake\b", ("create",)),
        (r"\bopen\b", ("show", "load")),
        (r"\bstart\b", ("begin", "launch")),
        (r"\bneed\b", ("require", "want")),
        (r"\banswers?\b", ("reply", "response", "replies")),
        (r"\breply\b", ("answer", "response")),
        (r"\bchats?\b", ("conversation", "chat")),
        (r"\bgpu\b", ("graphics card", "GPU", "video card")),
        (r"\bgraphics card\b", ("gpu", "GPU")),
        (r"\bvram\b", ("VRAM", "gpu memory", "video memory")),
        (r"\bsettings?\b", ("setting", "options", "settings")),
        (r"\bwith\b", ("using", "with")),
        (r"\bfix\b", ("solve", "repair")),
        (r"\bhow much\b", ("how many", "what amount of")),
        (r"\bhow do i\b", ("how can i", "how could i", "how might i", "how may i", "how would i")),
        (r"\bhow can i\b", ("how do i", "how could i", "how would one", "how am i able to")),
        (r"\bcan i\b", ("could i", "may i", "am i allowed to", "is it possible that i")),
        (r"\bcan it\b", ("could it", "is it able to", "does it manage to")),
        (r"\bwhere is\b", ("where would i find", "in which place is", "where's")),
        (r"\bwhat does (.+) do\b", (r"what is \1 for", r"what happens through \1")),
        (r"\bwhy is\b", ("how come", "for what reason is", "what makes")),
        (r"\bwhy does\b", ("how come", "for what reason does", "what is the cause that")),
        (r"\bshow\b", ("display", "let me see", "view", "present")),
        (r"\bsee\b", ("look at", "view", "read", "check")),
        (r"\bfind\b", ("locate", "look up", "discover", "get to")),
        (r"\bsearch\b", ("look for", "look through", "hunt for")),
        (r"\bsave\b", ("store", "keep", "remember")),
        (r"\bkeep\b", ("hold", "retain", "save")),
        (r"\bstop\b", ("end", "halt", "cancel", "break off", "interrupt")),
        (r"\bcancel\b", ("stop", "abort", "call off")),
        (r"\bcontinue\b", ("go on", "carry on", "resume", "keep going")),
        (r"\buse\b", ("work with", "make use of", "apply", "try")),
        (r"\bget\b", ("obtain", "receive", "have")),
        (r"\bput\b", ("place", "bring", "move")),
        (r"\badd\b", ("include", "bring in", "put in")),
        (r"\bset\b", ("choose", "enter", "define", "adjust")),
        (r"\bwrites?\b", ("produce", "compose", "type")),
        (r"\bread\b", ("look at", "take in", "see")),
        (r"\btrain\b", ("teach", "fine-tune", "school")),
        (r"\btraining\b", ("teaching", "fine-tuning", "the training", "learning")),
        (r"\blearn(s|ed)?\b", ("pick up", "take in", "be taught")),
        (r"\bforgets?\b", ("lose", "no longer know", "not remember")),
        (r"\bdownload\b", ("fetch", "get", "pull", "obtain")),
        (r"\bexport\b", ("write out", "save out", "take out")),
        (r"\bimport\b", ("bring in", "take over", "read in")),
        (r"\bmessages?\b", ("question", "what i wrote", "entry", "message")),
        (r"\bmodels?\b", ("model", "network", "llm", "language model")),
        (r"\bcomputer\b", ("machine", "pc", "laptop")),
        (r"\bfolder\b", ("directory", "place on disk")),
        (r"\bfiles?\b", ("document", "file")),
        (r"\bwindow\b", ("screen", "app window")),
        (r"\bslider\b", ("knob", "setting", "control")),
        (r"\bsettings\b", ("knobs", "sliders", "values")),
        (r"\bshortcut\b", ("key", "hotkey", "key combination")),
        (r"\bkey\b", ("shortcut", "key combination", "button")),
        (r"\bmemory\b", ("room", "gigabytes", "memory space")),
        (r"\bmemory\b", ("vram", "ram")),
        (r"\btext\b", ("words", "writing", "letters")),
        (r"\berror\b", ("problem", "failure", "message", "fault")),
        (r"\bdamaged\b", ("broken", "corrupt", "spoilt")),
        (r"\bmissing\b", ("not there", "absent", "gone", "lacking")),
        (r"\bseveral\b", ("many", "a few", "more than one", "two or three")),
        (r"\bsmall(er)?\b", ("tiny", "little", "compact")),
        (r"\blong(er)?\b", ("lengthy", "extended", "big")),
        (r"\bfast(er)?\b", ("quick", "speedy", "rapid")),
        (r"\bgood\b", ("sensible", "right", "proper", "best")),
        (r"\bbest\b", ("right", "ideal", "most suitable")),
        (r"\bexplain\b", ("describe", "make clear", "tell me about")),
        (r"\bmeans?\b", ("tell", "stand for", "say")),
        (r"\bhappens?\b", ("take place", "go on", "occur")),
        (r"\bdifference between (.+) and (.+)", (r"\1 compared with \2", r"\1 against \2")),
        (r"\bterminal\b", ("shell", "command line", "console")),
        (r"\bold\b", ("earlier", "former", "previous")),
        (r"\bprevious\b", ("earlier", "last", "old")),
        (r"\bagain\b", ("once more", "anew", "another time")),
    ),
    "ja": (
        (r"どうすればいいですか", ("どうしたらいいですか", "どうすればいい", "どうする")),
        (r"どうしたらいいですか", ("どうすればいいですか", "どうしたらいい", "どうする")),
        (r"どうなりますか", ("どうなる", "どうなるの", "どうなるんですか", "何が起きますか")),
        (r"いくつですか", ("いくつ", "いくつでしょうか")),
        (r"どれくらいですか", ("どのくらいですか", "どれくらい", "どのぐらい")),
        (r"何ですか", ("なんですか", "何", "何でしょうか")),
        (r"ですか", ("でしょうか", "なの", "ですかね")),
        (r"ありますか", ("ある", "あるの", "ありますでしょうか")),
        (r"しますか", ("する", "するの", "するのですか")),
        (r"されますか", ("される", "されるの")),
        (r"ください", ("下さい", "ほしい", "もらえますか")),
        (r"ません", ("ないです", "ない")),
        (r"したい", ("したいです", "したいのですが", "する方法")),
        (r"アプリ", ("ソフト", "プログラム")),
        (r"消す", ("削除する", "消去する")),
        (r"削除", ("消去",)),
        (r"変える", ("変更する",)),
        (r"変更する", ("変える",)),
        (r"おすすめ", ("お勧め", "オススメ")),
        (r"使い方", ("使いかた", "使用方法")),
        (r"書いて", ("作って", "書いてください")),
        (r"会話", ("チャット",)),
        (r"チャット", ("会話",)),
        (r"回答", ("返事", "答え")),
        (r"返事", ("回答", "答え")),
        (r"答え", ("回答", "返事")),
        (r"GPU", ("グラフィックカード", "ＧＰＵ", "gpu")),
        (r"VRAM", ("ビデオメモリ", "GPUのメモリ", "vram")),
        (r"メモリー?", ("メモリ", "メモリー")),
        (r"フォルダー?", ("フォルダ", "フォルダー")),
        (r"コンピューター", ("パソコン", "PC", "コンピュータ")),
        (r"パソコン", ("コンピューター", "PC")),
        (r"大きい", ("大きな", "でかい")),
        (r"小さい", ("小さな", "ちいさい")),
        (r"遅い", ("おそい", "遅すぎる", "とても遅い")),
        (r"速く", ("早く", "はやく")),
        (r"必要な", ("いる",)),
        (r"設定", ("設定項目", "つまみ", "値")),
        (r"するには", ("したいとき", "する手順", "したいのですが", "することはできる")),
        (r"(?<=[うくすつぬむるぐぶ])には", ("方法は", "ときは", "にはどうする", "のはどうやる")),
        (r"どこですか", ("どこ", "どのへん", "どこにありますか", "どこで見られますか")),
        (r"できますか", ("できる", "可能ですか", "できるでしょうか", "できるのかな")),
        (r"なぜ", ("どうして", "なんで", "どういうわけで")),
        (r"見る", ("確かめる", "確認する", "調べる", "読む")),
        (r"見たい", ("確かめたい", "知りたい", "確認したい")),
        (r"選ぶ", ("決める", "指定する", "選択する")),
        (r"止める", ("終わらせる", "停止する", "中断する", "やめさせる")),
        (r"続ける", ("再開する", "先へ進める", "続行する")),
        (r"使う", ("利用する", "用いる", "働かせる")),
        (r"使えますか", ("利用できますか", "使っていい", "使える")),
        (r"探す", ("見つける", "検索する")),
        (r"開く", ("表示する", "出す")),
        (r"送る", ("渡す", "出す", "送信する")),
        (r"書き出す", ("ファイルにする", "エクスポートする", "出力する")),
        (r"取り込む", ("読み込む", "インポートする", "移す")),
        (r"読み込", ("ロード", "読みこ")),
        (r"学習", ("訓練", "トレーニング")),
        (r"モデル", ("言語モデル", "LLM", "モデル")),
        (r"文章", ("テキスト", "文", "言葉")),
        (r"メッセージ", ("発言", "質問", "書いたもの")),
        (r"言葉", ("単語", "語")),
        (r"一覧", ("リスト", "並び")),
        (r"壊れ", ("だめになっ", "破損し")),
        (r"足りない", ("不足", "足らない")),
        (r"ありません", ("見当たりません", "ない", "見つかりません")),
        (r"違い", ("差", "異なる点", "違うところ")),
        (r"方法", ("やり方", "手順", "仕方")),
        (r"意味", ("意味合い", "わけ")),
        (r"必要", ("要る", "いる")),
        (r"カード", ("グラフィックボード", "グラボ", "GPU")),
        (r"ターミナル", ("コマンドライン", "シェル", "端末")),
        (r"前の", ("以前の", "さっきの", "古い")),
        (r"何をしますか", ("どんな働き", "何のためのもの", "何に使う")),
        (r"は何ですか", ("って何", "とは", "は何のこと", "の正体は")),
    ),
}
_BEFORE = {
    "en": (
        "Please ", "please tell me: ", "Can you tell me ", "Could you tell me ", "Hi, ", "Hello, ",
        "Hey, ", "I want to know: ", "Question: ", "So ", "Ok, ", "I wonder, ", "Then, ", "And ",
        "Do you know ", "I would like to know ", "Tell me, ", "Quick question: ", "Sorry, ",
    ),
    "ja": (
        "すみません、", "あの、", "ちょっと聞きたいのですが、", "質問です。", "では、", "ねえ、",
        "教えて、",
        "それでは、", "じゃあ、", "初心者です。", "このアプリで", "このアプリの", "えっと、",
        "次に、",
    ),
}
_AFTER = {
    "en": (" please", ", please", " thanks", " in this app", " here", " exactly", "??", "...", "!"),
    "ja": ("教えて", "お願いします", "。", "？？", "教えてください", "知りたい", "のか教えて"),
}
_FILLERS = {
    "en": (
        "i am new here", "at work", "for my project", "on my machine", "right now", "if possible",
        "somehow", "just", "quickly", "by the way", "in that case", "when i want it", "these days",
        "my friend asks", "i was wondering", "not sure", "is that so", "in general", "for me",
    ),
    "ja": (
        "初めて使います", "仕事で", "急いで", "今", "できれば", "ちなみに", "友だちが聞いています",
        "自分のPCで", "よく分からないので", "一般に", "その場合", "さっきから", "もしかして",
    ),
}
_ENDINGS = {
    "ja": (
        "のか知りたい", "のですが", "かな", "でしょうか", "んだけど", "のだろう", "か分からない",
        "について聞きたい", "はどうなの", "か教えてほしい", "を知りたい", "です",
    ),
}  # fmt: skip
# fmt: on
_AS_WRITTEN = 0.4  # of the questions keep their words: each rewording loses a little of its meaning
_SLIPS = {"en": 0.12, "ja": 0.08}  # also cut a word into other tokens than usual
_SMALL = {
    "en": re.compile(r"\b(the|a|an|is|do|does|I|my|of|to|in|this|that|for|it|me|are)\b ?", re.I),
    "ja": re.compile(r"(は|を|が|の|に|で|も|と)(?=[^\u3040-\u309f])"),
}


def vary(question: str, language: str, draw: random.Random, loose: bool = True) -> str:
    """One random rewording; often only its ends differ. If `loose`, words may be lost."""
    text = question if draw.random() < _AS_WRITTEN else _reworded(question, language, draw, loose)
    text = _end(text.strip(), language, draw)
    if language == "en":
        text = _case(text, draw)
    return text if len(text) > 1 else question


def _reworded(question: str, language: str, draw: random.Random, loose: bool) -> str:
    """Another frame, other words, some lost or swapped: each now and then."""
    text = _framed(question, language, draw) if draw.random() < 0.35 else question
    for pattern, others in _WORDS[language]:
        if draw.random() < 0.15:
            text = re.sub(pattern, draw.choice(others), text, flags=re.I)
    if loose and draw.random() < 0.25:
        text = _loosened(text, language, draw)
    elif draw.random() < 0.25:
        text = _SMALL[language].sub(lambda found: found[0] if draw.random() < 0.6 else "", text)
    if draw.random() < _SLIPS[language]:
        text = _slip(text, draw)
    if draw.random() < 0.18:
        first = draw.choice(_BEFORE[language])
        text = first + (text if language == "ja" else text[:1].lower() + text[1:])
    return text


def mixed(one: str, other: str, language: str, draw: random.Random) -> str:
    """The beginning of one question and the end of another that asks the same."""
    first, second = _pieces(one, language), _pieces(other, language)
    if min(len(first), len(second)) < 2:
        return one
    cut = draw.uniform(0.3, 0.7)
    joined = first[: max(1, round(cut * len(first)))] + second[round(cut * len(second)) :]
    return (" " if language == "en" else "").join(joined)


def _loosened(text: str, language: str, draw: random.Random) -> str:
    """As people type in passing: words left out, halves turned round, something said beside."""
    pieces = _pieces(text, language)
    kept = [piece for piece in pieces if draw.random() > _lightness(piece, language)]
    if len(kept) < min(2, len(pieces)):
        kept = pieces
    if len(kept) > 3 and draw.random() < 0.15:
        middle = draw.randrange(1, len(kept))
        kept = kept[middle:] + kept[:middle]
    filler = draw.choice(_FILLERS[language]) if draw.random() < 0.3 else ""
    if language == "en":
        said = [" ".join(kept), filler] if draw.random() < 0.5 else [filler, " ".join(kept)]
        return " ".join(part for part in said if part)
    said = "".join(kept) + (draw.choice(_ENDINGS["ja"]) if draw.random() < 0.3 else "")
    return f"{filler}、{said}" if filler else said


def _pieces(text: str, language: str) -> list[str]:
    """Words; in Japanese runs of hiragana and what stands between them."""
    return text.split() if language == "en" else re.findall(r"[ぁ-ゖ]+|[^ぁ-ゖ]+", text)


def _lightness(piece: str, language: str) -> float:
    """How easily a piece can be left out."""
    if language == "ja":
        return 0.25 if re.fullmatch(r"[ぁ-ゖ]{1,3}", piece) else 0.07
    return 0.4 if _SMALL["en"].fullmatch(piece) else 0.08


def _framed(question: str, language: str, draw: random.Random) -> str:
    """The same question in another frame: "what is X" as "explain X"."""
    bare = question.rstrip("?？。.!！ ")
    for pattern, frames in _FRAMES[language]:
        found = re.fullmatch(pattern, bare, re.I)
        if found:
            return draw.choice(frames).format(found[1])
    return question


def _slip(text: str, draw: random.Random) -> str:
    """A typing slip: two neighbours swapped, or one letter missing."""
    if len(text) < 6:
        return text
    at = draw.randrange(1, len(text) - 2)
    if not (text[at].isalpha() and text[at + 1].isalpha()):
        return text
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return draw.choice((swapped, text[:at] + text[at + 1 :]))


def _end(text: str, language: str, draw: random.Random) -> str:
    chance = draw.random()
    bare = text.rstrip("?？。.!！ ")
    if chance < 0.3:
        return bare
    if chance < 0.45:
        return bare + ("?" if language == "en" else draw.choice(("?", "？")))
    if chance < 0.55:
        return bare + draw.choice(_AFTER[language])
    return text


def _case(text: str, draw: random.Random) -> str:
    chance = draw.random()
    if chance < 0.3:
        return text.lower()
    if chance < 0.32:
        return text.upper()
    return text[:1].upper() + text[1:] if chance < 0.6 else text
