"""Other ways to type the same question: frames, synonyms, case, punctuation, politeness, slips.

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
        (r"設定", ("設定項目",)),
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
# fmt: on
_SLIPS = {"en": 0.25, "ja": 0.12}  # also cut a word into other tokens than usual
_SMALL = {
    "en": re.compile(r"\b(the|a|an|is|do|does|I|my|of|to|in|this|that|for|it|me|are)\b ?", re.I),
    "ja": re.compile(r"(は|を|が|の|に|で|も|と)(?=[^\u3040-\u309f])"),
}


def vary(question: str, language: str, draw: random.Random) -> str:
    """One random rewording; now and then the question as it is."""
    if draw.random() < 0.15:
        return question
    text = _framed(question, language, draw) if draw.random() < 0.45 else question
    for pattern, others in _WORDS[language]:
        if draw.random() < 0.25:
            text = re.sub(pattern, draw.choice(others), text, flags=re.I)
    if draw.random() < 0.25:
        text = _SMALL[language].sub(lambda found: found[0] if draw.random() < 0.6 else "", text)
    if draw.random() < _SLIPS[language]:
        text = _slip(text, draw)
    if draw.random() < 0.18:
        first = draw.choice(_BEFORE[language])
        text = first + (text if language == "ja" else text[:1].lower() + text[1:])
    text = _end(text.strip(), language, draw)
    if language == "en":
        text = _case(text, draw)
    return text if len(text) > 1 else question


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
