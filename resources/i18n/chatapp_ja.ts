<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
  <context>
    <name>About</name>
    <message>
      <source>A chat application for the language model on your own GPU.</source>
      <translation>自分の GPU で動く言語モデルと話すためのアプリです。</translation>
    </message>
    <message>
      <source>About ChatApp</source>
      <translation>ChatApp について</translation>
    </message>
    <message>
      <source>Nothing you write leaves this computer.</source>
      <translation>入力した内容がこのコンピューターの外に出ることはありません。</translation>
    </message>
  </context>
  <context>
    <name>Acting</name>
    <message>
      <source>The message was deleted.</source>
      <translation>メッセージを削除しました。</translation>
    </message>
    <message>
      <source>The script is on the clipboard. It needs PyTorch and transformers.</source>
      <translation>スクリプトをクリップボードにコピーしました。実行には PyTorch と transformers が必要です。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>元に戻す</translation>
    </message>
    <message>
      <source>Will be answered after the answer in another chat</source>
      <translation>ほかのチャットの回答のあとに回答します</translation>
    </message>
    <message>
      <source>Will be answered after the training</source>
      <translation>学習のあとで回答します</translation>
    </message>
    <message>
      <source>Will be answered when the model is ready</source>
      <translation>モデルの準備ができたら回答します</translation>
    </message>
    <message>
      <source>{count} messages were deleted.</source>
      <translation>{count} 件のメッセージを削除しました。</translation>
    </message>
  </context>
  <context>
    <name>AdapterDesk</name>
    <message>
      <source>Adding the adapter… {percent} %</source>
      <translation>アダプターを加えています… {percent} %</translation>
    </message>
    <message>
      <source>Exported to {path}.</source>
      <translation>{path} に書き出しました。</translation>
    </message>
    <message>
      <source>Loading the model… {percent} %</source>
      <translation>モデルを読み込んでいます… {percent} %</translation>
    </message>
    <message>
      <source>The merge was stopped; nothing was made.</source>
      <translation>結合を中止しました。何も作られていません。</translation>
    </message>
    <message>
      <source>Waiting for its turn…</source>
      <translation>順番を待っています…</translation>
    </message>
    <message>
      <source>{name} was imported.</source>
      <translation>{name} を取り込みました。</translation>
    </message>
    <message>
      <source>{name} was made; it is in the library.</source>
      <translation>{name} を作りました。ライブラリにあります。</translation>
    </message>
  </context>
  <context>
    <name>AdapterList</name>
    <message>
      <source>A copy in PEFT's form, which other programs read</source>
      <translation>ほかのプログラムでも読める PEFT 形式のコピーです</translation>
    </message>
    <message>
      <source>A folder with a plain LoRA adapter in PEFT's form</source>
      <translation>PEFT 形式の LoRA アダプターのフォルダー</translation>
    </message>
    <message>
      <source>A model folder that needs neither of the two any more</source>
      <translation>元のモデルもアダプターも要らない、新しいモデルのフォルダーです</translation>
    </message>
    <message>
      <source>Adapters</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>Built-in guide</source>
      <translation>内蔵ガイド</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>削除</translation>
    </message>
    <message>
      <source>Delete {name}? This cannot be undone.</source>
      <translation>{name} を削除しますか。元に戻せません。</translation>
    </message>
    <message>
      <source>Delete…</source>
      <translation>削除…</translation>
    </message>
    <message>
      <source>Export into a folder</source>
      <translation>フォルダーに書き出す</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>書き出す…</translation>
    </message>
    <message>
      <source>Import an adapter</source>
      <translation>アダプターの取り込み</translation>
    </message>
    <message>
      <source>Import…</source>
      <translation>取り込む…</translation>
    </message>
    <message>
      <source>Merge</source>
      <translation>結合</translation>
    </message>
    <message>
      <source>Merge into a new model</source>
      <translation>新しいモデルに結合</translation>
    </message>
    <message>
      <source>Merge into a new model…</source>
      <translation>新しいモデルに結合…</translation>
    </message>
    <message>
      <source>No adapters yet. What you train appears here.</source>
      <translation>アダプターはまだありません。学習したものがここに表示されます。</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>フォルダーを開く</translation>
    </message>
    <message>
      <source>Stop merging</source>
      <translation>結合を中止</translation>
    </message>
    <message>
      <source>Use in chat</source>
      <translation>チャットで使う</translation>
    </message>
    <message>
      <source>for {base}</source>
      <translation>{base} 用</translation>
    </message>
    <message>
      <source>held-out loss {loss}</source>
      <translation>検証の損失 {loss}</translation>
    </message>
    <message>
      <source>step {step}</source>
      <translation>ステップ {step}</translation>
    </message>
    <message>
      <source>unusable</source>
      <translation>使えません</translation>
    </message>
    <message>
      <source>{name} is added to the weights of {base}. Name of the new model:</source>
      <translation>{name} を {base} の重みに加えます。新しいモデルの名前:</translation>
    </message>
  </context>
  <context>
    <name>AdapterTab</name>
    <message>
      <source>Adapters</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>An adapter changes how its model answers, in the chats that use it. The model itself stays as it is.</source>
      <translation>アダプターを使うチャットでは、モデルの答え方が変わります。モデルそのものは変わりません。</translation>
    </message>
    <message>
      <source>Train an adapter</source>
      <translation>アダプターを学習する</translation>
    </message>
  </context>
  <context>
    <name>AdviceTab</name>
    <message>
      <source>Download {name}…</source>
      <translation>{name} をダウンロード…</translation>
    </message>
    <message>
      <source>Download…</source>
      <translation>ダウンロード…</translation>
    </message>
    <message>
      <source>Models that are a good start, by the memory of the graphics card. They were not tried with ChatApp; sizes are estimates. A click shows the real size first; nothing is downloaded before you confirm it.</source>
      <translation>最初に試すのに適したモデルを、グラフィックカードのメモリごとに並べています。ChatApp で試したものではなく、大きさは見積もりです。クリックすると、まず実際の大きさが表示されます。確認するまで何もダウンロードしません。</translation>
    </message>
    <message>
      <source>No graphics card, or less than {high} GB</source>
      <translation>グラフィックカードなし、または {high} GB 未満</translation>
    </message>
    <message>
      <source>Recommended</source>
      <translation>おすすめ</translation>
    </message>
    <message>
      <source>in {bits} bits</source>
      <translation>{bits} ビット</translation>
    </message>
    <message>
      <source>its owner asks you to accept terms</source>
      <translation>利用条件への同意が必要</translation>
    </message>
    <message>
      <source>needs more than {size} of memory</source>
      <translation>メモリ {size} 以上が必要</translation>
    </message>
    <message>
      <source>needs {size} of memory</source>
      <translation>メモリ {size} が必要</translation>
    </message>
    <message>
      <source>{format}: needs more memory where the card cannot read it</source>
      <translation>{format}: カードが読めない場合はより多くのメモリが必要</translation>
    </message>
    <message>
      <source>{heading}: this computer</source>
      <translation>{heading}: このコンピューター</translation>
    </message>
    <message>
      <source>{low} GB and more</source>
      <translation>{low} GB 以上</translation>
    </message>
    <message>
      <source>{low} to {high} GB</source>
      <translation>{low}〜{high} GB</translation>
    </message>
    <message>
      <source>{size} to download</source>
      <translation>ダウンロード {size}</translation>
    </message>
  </context>
  <context>
    <name>Amounts</name>
    <message>
      <source>less than a minute left</source>
      <translation>残り 1 分未満</translation>
    </message>
    <message>
      <source>today</source>
      <translation>今日</translation>
    </message>
    <message>
      <source>yesterday</source>
      <translation>昨日</translation>
    </message>
    <message>
      <source>{count} billion</source>
      <translation>{count}B</translation>
    </message>
    <message>
      <source>{count} h left</source>
      <translation>残り {count} 時間</translation>
    </message>
    <message>
      <source>{count} million</source>
      <translation>{count}M</translation>
    </message>
    <message>
      <source>{count} min left</source>
      <translation>残り {count} 分</translation>
    </message>
  </context>
  <context>
    <name>AnswerBar</name>
    <message>
      <source>Bad answer</source>
      <translation>よくない回答</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>続ける</translation>
    </message>
    <message>
      <source>Continue this answer</source>
      <translation>この回答を続ける</translation>
    </message>
    <message>
      <source>Copy this answer</source>
      <translation>この回答をコピー</translation>
    </message>
    <message>
      <source>Good answer</source>
      <translation>よい回答</translation>
    </message>
    <message>
      <source>More actions for this answer</source>
      <translation>この回答のその他の操作</translation>
    </message>
    <message>
      <source>Write this answer again</source>
      <translation>この回答を再生成</translation>
    </message>
  </context>
  <context>
    <name>ApiPage</name>
    <message>
      <source>Address</source>
      <translation>アドレス</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>コピー</translation>
    </message>
    <message>
      <source>Copy the token</source>
      <translation>トークンをコピー</translation>
    </message>
    <message>
      <source>Local API</source>
      <translation>ローカル API</translation>
    </message>
    <message>
      <source>Made when you switch the API on</source>
      <translation>API をオンにすると作られます</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>New token</source>
      <translation>作り直す</translation>
    </message>
    <message>
      <source>No model is loaded.</source>
      <translation>モデルが読み込まれていません。</translation>
    </message>
    <message>
      <source>No requests yet.</source>
      <translation>リクエストはまだありません。</translation>
    </message>
    <message>
      <source>Off. Other programs on this computer can use your model when you switch this on.</source>
      <translation>オフです。オンにすると、このコンピューターのほかのプログラムがモデルを使えます。</translation>
    </message>
    <message>
      <source>On. Programs on this computer reach it at {url}.</source>
      <translation>オンです。このコンピューターのプログラムは {url} に接続できます。</translation>
    </message>
    <message>
      <source>Programs must send the token. Web pages are refused, and other computers cannot reach it. It is off again when ChatApp starts.</source>
      <translation>プログラムはトークンを送る必要があります。Web ページからの接続は拒否され、ほかのコンピューターからは届きません。ChatApp を起動し直すとオフに戻ります。</translation>
    </message>
    <message>
      <source>Programs that use the old one are refused from then on.</source>
      <translation>古いトークンを使うプログラムは、それ以降拒否されます。</translation>
    </message>
    <message>
      <source>Requests</source>
      <translation>リクエスト</translation>
    </message>
    <message>
      <source>Starting…</source>
      <translation>開始しています…</translation>
    </message>
    <message>
      <source>Switch off</source>
      <translation>オフにする</translation>
    </message>
    <message>
      <source>Switch on</source>
      <translation>オンにする</translation>
    </message>
    <message>
      <source>To paste into a program</source>
      <translation>プログラムに貼り付ける例</translation>
    </message>
    <message>
      <source>Token</source>
      <translation>トークン</translation>
    </message>
    <message>
      <source>Use {port}</source>
      <translation>{port} を使う</translation>
    </message>
  </context>
  <context>
    <name>Archive</name>
    <message>
      <source>Archived chats</source>
      <translation>アーカイブしたチャット</translation>
    </message>
    <message>
      <source>Nothing is put away.</source>
      <translation>アーカイブしたチャットはありません。</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>開く</translation>
    </message>
    <message>
      <source>Out of the list, but not deleted: the search finds them, and a new message brings one back.</source>
      <translation>一覧から外していますが、削除はしていません。検索で見つかり、新しいメッセージを送ると一覧に戻ります。</translation>
    </message>
    <message>
      <source>Take back</source>
      <translation>一覧に戻す</translation>
    </message>
  </context>
  <context>
    <name>Arriving</name>
    <message>
      <source>Use it now</source>
      <translation>今すぐ使う</translation>
    </message>
    <message>
      <source>{name} is ready.</source>
      <translation>{name} の準備ができました。</translation>
    </message>
  </context>
  <context>
    <name>Attaching</name>
    <message>
      <source>Attach text files</source>
      <translation>テキストファイルを添付</translation>
    </message>
  </context>
  <context>
    <name>Backing</name>
    <message>
      <source>Today's copy of your chats could not be made.</source>
      <translation>今日のチャットの控えを作れませんでした。</translation>
    </message>
  </context>
  <context>
    <name>Banner</name>
    <message>
      <source>Close this note</source>
      <translation>このお知らせを閉じる</translation>
    </message>
  </context>
  <context>
    <name>Bars</name>
    <message>
      <source>cut</source>
      <translation>除外</translation>
    </message>
  </context>
  <context>
    <name>Belongings</name>
    <message>
      <source>Back up the chats now</source>
      <translation>チャットを今すぐバックアップ</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Chats and settings, without models and keys</source>
      <translation>チャットと設定です。モデルとキーは含みません</translation>
    </message>
    <message>
      <source>Copy diagnostics</source>
      <translation>診断情報をコピー</translation>
    </message>
    <message>
      <source>Data</source>
      <translation>データ</translation>
    </message>
    <message>
      <source>Import settings</source>
      <translation>設定を読み込む</translation>
    </message>
    <message>
      <source>Logs</source>
      <translation>ログ</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>フォルダーを開く</translation>
    </message>
    <message>
      <source>Open the folder of the chats</source>
      <translation>チャットのフォルダーを開く</translation>
    </message>
    <message>
      <source>Open the folder of the logs</source>
      <translation>ログのフォルダーを開く</translation>
    </message>
    <message>
      <source>Open the folder of the models</source>
      <translation>モデルのフォルダーを開く</translation>
    </message>
    <message>
      <source>Save everything as ZIP</source>
      <translation>すべてを ZIP に保存</translation>
    </message>
    <message>
      <source>Versions, devices, memory and folders; nothing that you wrote</source>
      <translation>バージョン、デバイス、メモリ、フォルダーの情報です。書いた内容は含みません</translation>
    </message>
  </context>
  <context>
    <name>Bugs</name>
    <message>
      <source>Continue</source>
      <translation>続ける</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>詳細をコピー</translation>
    </message>
    <message>
      <source>So far {count} times in a row.</source>
      <translation>これまでに {count} 回続けて起きました。</translation>
    </message>
    <message>
      <source>Something went wrong in ChatApp. Your text is saved.</source>
      <translation>ChatApp で問題が起きました。入力した文章は保存してあります。</translation>
    </message>
  </context>
  <context>
    <name>Candidates</name>
    <message>
      <source>Answer {letter} is used until you choose another.</source>
      <translation>ほかを選ぶまでは回答 {letter} を使います。</translation>
    </message>
    <message>
      <source>{count} answers took {times} times the time of your last single one.</source>
      <translation>{count} つの回答にかかった時間は、直前の 1 つの回答の {times} 倍でした。</translation>
    </message>
  </context>
  <context>
    <name>ChatPicker</name>
    <message>
      <source>Close</source>
      <translation>閉じる</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
  </context>
  <context>
    <name>Choosing</name>
    <message>
      <source>ChatApp ended while it was loading {name}. No model is loaded this time.</source>
      <translation>{name} の読み込み中に ChatApp が終了しました。今回はモデルを読み込んでいません。</translation>
    </message>
    <message>
      <source>Load anyway</source>
      <translation>それでも読み込む</translation>
    </message>
    <message>
      <source>This model continues text; it was not trained to chat. Write the beginning of a text, and Continue below the answer writes on.</source>
      <translation>このモデルは文章の続きを書きます。会話の訓練は受けていません。文章の書き出しを入力してください。回答の下の「続ける」で続きを書きます。</translation>
    </message>
    <message>
      <source>Will be sent when the model is ready</source>
      <translation>モデルの準備ができたら送信します</translation>
    </message>
    <message>
      <source>{name} was unloaded; {amount} GB came back. The next message loads it again.</source>
      <translation>{name} を解放し、{amount} GB が戻りました。次のメッセージでまた読み込みます。</translation>
    </message>
  </context>
  <context>
    <name>Coaching</name>
    <message>
      <source>A model is being trained; the answer comes after it.</source>
      <translation>モデルを学習中です。回答はそのあとになります。</translation>
    </message>
    <message>
      <source>Pause and answer</source>
      <translation>中断して回答</translation>
    </message>
  </context>
  <context>
    <name>CodeCopy</name>
    <message>
      <source>Copy this code</source>
      <translation>このコードをコピー</translation>
    </message>
  </context>
  <context>
    <name>Column</name>
    <message>
      <source>Answer {letter}</source>
      <translation>回答 {letter}</translation>
    </message>
    <message>
      <source>Make this the answer ({keys})</source>
      <translation>これを回答にする ({keys})</translation>
    </message>
    <message>
      <source>Stop answer {letter}</source>
      <translation>回答 {letter} を停止</translation>
    </message>
    <message>
      <source>Stopping</source>
      <translation>停止中</translation>
    </message>
    <message>
      <source>Use answer {letter}</source>
      <translation>回答 {letter} を使う</translation>
    </message>
    <message>
      <source>Use this</source>
      <translation>これを使う</translation>
    </message>
    <message>
      <source>Writing</source>
      <translation>回答中</translation>
    </message>
    <message>
      <source>{rate} tokens/s</source>
      <translation>{rate} トークン/秒</translation>
    </message>
  </context>
  <context>
    <name>Comparing</name>
    <message>
      <source>without</source>
      <translation>なし</translation>
    </message>
  </context>
  <context>
    <name>Composer</name>
    <message>
      <source>Attach text files</source>
      <translation>テキストファイルを添付</translation>
    </message>
    <message>
      <source>Enter sends after this answer, Esc stops it</source>
      <translation>Enter でこの回答のあとに送信、Esc で停止</translation>
    </message>
    <message>
      <source>Enter sends, Shift+Enter makes a new line</source>
      <translation>Enter で送信、Shift+Enter で改行します</translation>
    </message>
    <message>
      <source>Message</source>
      <translation>メッセージ</translation>
    </message>
    <message>
      <source>Send</source>
      <translation>送信</translation>
    </message>
    <message>
      <source>Send the message ({keys})</source>
      <translation>メッセージを送信します（{keys}）</translation>
    </message>
    <message>
      <source>Start reply with…</source>
      <translation>書き出しを指定…</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Stop all</source>
      <translation>すべて停止</translation>
    </message>
    <message>
      <source>Stop all ({keys})</source>
      <translation>すべて停止（{keys}）</translation>
    </message>
    <message>
      <source>Stop the answer ({keys})</source>
      <translation>回答を停止します（{keys}）</translation>
    </message>
    <message>
      <source>Stopping</source>
      <translation>停止中</translation>
    </message>
    <message>
      <source>Write a message</source>
      <translation>メッセージを入力</translation>
    </message>
    <message>
      <source>{keys} sends after this answer, Esc stops it</source>
      <translation>{keys} でこの回答のあとに送信、Esc で停止</translation>
    </message>
    <message>
      <source>{keys} sends, Enter makes a new line</source>
      <translation>{keys} で送信、Enter で改行</translation>
    </message>
  </context>
  <context>
    <name>Conversations</name>
    <message>
      <source>Earlier</source>
      <translation>それ以前</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>Pinned</source>
      <translation>ピン留め</translation>
    </message>
    <message>
      <source>Temporary chat</source>
      <translation>一時的なチャット</translation>
    </message>
    <message>
      <source>Temporary, not saved</source>
      <translation>一時的（保存しません）</translation>
    </message>
    <message>
      <source>Today</source>
      <translation>今日</translation>
    </message>
    <message>
      <source>Yesterday</source>
      <translation>昨日</translation>
    </message>
    <message>
      <source>{title}, writing</source>
      <translation>{title}、回答中</translation>
    </message>
  </context>
  <context>
    <name>CopyLabel</name>
    <message>
      <source>Copy</source>
      <translation>コピー</translation>
    </message>
  </context>
  <context>
    <name>Curing</name>
    <message>
      <source>Change the context length</source>
      <translation>コンテキスト長を変える</translation>
    </message>
    <message>
      <source>Choose a model</source>
      <translation>モデルを選ぶ</translation>
    </message>
    <message>
      <source>Choose the device automatically</source>
      <translation>デバイスを自動で選ぶ</translation>
    </message>
    <message>
      <source>Choose the precision automatically</source>
      <translation>精度を自動で選ぶ</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>詳細をコピー</translation>
    </message>
    <message>
      <source>Leave out the oldest</source>
      <translation>古いものを省く</translation>
    </message>
    <message>
      <source>Load as float32</source>
      <translation>float32 で読み直す</translation>
    </message>
    <message>
      <source>Load in 4 bits</source>
      <translation>4 ビットで読み直す</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>Offload a part</source>
      <translation>一部を退避する</translation>
    </message>
    <message>
      <source>Open the API page</source>
      <translation>API ページを開く</translation>
    </message>
    <message>
      <source>Open the Library</source>
      <translation>ライブラリを開く</translation>
    </message>
    <message>
      <source>Open the settings</source>
      <translation>設定を開く</translation>
    </message>
    <message>
      <source>Shorten the context</source>
      <translation>コンテキストを短くする</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>もう一度試す</translation>
    </message>
    <message>
      <source>Use the CPU</source>
      <translation>CPU を使う</translation>
    </message>
    <message>
      <source>{name}: {problem}</source>
      <translation>{name}：{problem}</translation>
    </message>
  </context>
  <context>
    <name>DataCard</name>
    <message>
      <source>1  Data</source>
      <translation>1  データ</translation>
    </message>
    <message>
      <source>All files (*)</source>
      <translation>すべてのファイル (*)</translation>
    </message>
    <message>
      <source>And {count} more.</source>
      <translation>ほかに {count} 件あります。</translation>
    </message>
    <message>
      <source>Answer</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>Answers that you marked as good, edited, or chose among several</source>
      <translation>よいと印を付けた回答、編集した回答、候補から選んだ回答です</translation>
    </message>
    <message>
      <source>Choose a file…</source>
      <translation>ファイルを選ぶ…</translation>
    </message>
    <message>
      <source>Choose training data</source>
      <translation>学習データを選ぶ</translation>
    </message>
    <message>
      <source>Column of the answer</source>
      <translation>回答の列</translation>
    </message>
    <message>
      <source>Column of the question</source>
      <translation>質問の列</translation>
    </message>
    <message>
      <source>Each answer that you preferred, against the versions that you did not</source>
      <translation>選んだ回答を、選ばなかった別の回答と組にします</translation>
    </message>
    <message>
      <source>From my chats</source>
      <translation>自分のチャットから</translation>
    </message>
    <message>
      <source>How a lighthouse keeper answers, to try it out</source>
      <translation>灯台守の話し方で試せます</translation>
    </message>
    <message>
      <source>Pairs from my chats</source>
      <translation>チャットの回答の組</translation>
    </message>
    <message>
      <source>Preview: grey is not learned</source>
      <translation>プレビュー（灰色は学習しません）</translation>
    </message>
    <message>
      <source>Question</source>
      <translation>質問</translation>
    </message>
    <message>
      <source>Reading the data…</source>
      <translation>データを読み込んでいます…</translation>
    </message>
    <message>
      <source>Repeated, left out: {count}.</source>
      <translation>重複のため除外: {count} 件。</translation>
    </message>
    <message>
      <source>Rows that cannot be used: {count}.</source>
      <translation>使えない行: {count} 行。</translation>
    </message>
    <message>
      <source>Teach a model your style with 50 or more examples: questions and answers, chats, or plain text. Everything stays on this computer.</source>
      <translation>50 件以上の例で、モデルにあなたの書き方を教えられます。質問と回答、チャット、普通の文章が使えます。すべてこのコンピューターの中にとどまります。</translation>
    </message>
    <message>
      <source>The model has no chat template: all of it is learned as text.</source>
      <translation>このモデルにはチャットテンプレートがないため、全体を文章として学習します。</translation>
    </message>
    <message>
      <source>These are few examples: what is held out will not say much. Set “Held out” to 0 to learn from all of them.</source>
      <translation>例が少ないため、検証の結果はあまり参考になりません。「検証用」を 0 にすると、すべてから学習します。</translation>
    </message>
    <message>
      <source>Too long, will be cut: {count}.</source>
      <translation>長すぎるため途中で切るもの: {count} 件。</translation>
    </message>
    <message>
      <source>Training data ({kinds})</source>
      <translation>学習データ ({kinds})</translation>
    </message>
    <message>
      <source>Use an example set</source>
      <translation>サンプルデータを使う</translation>
    </message>
    <message>
      <source>Use these columns</source>
      <translation>この列を使う</translation>
    </message>
    <message>
      <source>{learn} examples to learn, {held} held out; {tokens} tokens, {learned} of them learned.</source>
      <translation>学習する例は {learn} 件、検証用は {held} 件です。{tokens} トークンのうち {learned} を学習します。</translation>
    </message>
    <message>
      <source>{learn} pairs of answers to learn, {held} held out; {tokens} tokens, {learned} of them in the answers.</source>
      <translation>学習する回答の組 {learn}、取り置き {held}。{tokens} トークン、うち回答は {learned} です。</translation>
    </message>
  </context>
  <context>
    <name>Deeds</name>
    <message>
      <source>{title} (branch)</source>
      <translation>{title}（分岐）</translation>
    </message>
  </context>
  <context>
    <name>Desk</name>
    <message>
      <source>ChatApp ended unexpectedly the last time. Your text is saved.</source>
      <translation>前回 ChatApp は予期せず終了しました。文章は保存されています。</translation>
    </message>
    <message>
      <source>Open the copy of {day}</source>
      <translation>{day} の控えを開く</translation>
    </message>
    <message>
      <source>Show the log</source>
      <translation>ログを表示</translation>
    </message>
    <message>
      <source>The chat file is damaged. It was kept unchanged as {name}.</source>
      <translation>チャットのファイルが壊れています。{name} としてそのまま保管しました。</translation>
    </message>
    <message>
      <source>The settings were unreadable and were reset. The old file was kept.</source>
      <translation>設定を読み込めなかったため、初期値に戻しました。元のファイルは保管してあります。</translation>
    </message>
  </context>
  <context>
    <name>Details</name>
    <message>
      <source>Adapter</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>Answer</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>Begun</source>
      <translation>書き始め</translation>
    </message>
    <message>
      <source>Computed by</source>
      <translation>計算方法</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>コンテキスト</translation>
    </message>
    <message>
      <source>Copied</source>
      <translation>コピーしました</translation>
    </message>
    <message>
      <source>Copy as script</source>
      <translation>スクリプトをコピー</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>詳細をコピー</translation>
    </message>
    <message>
      <source>Details of this answer</source>
      <translation>この回答の詳細</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>デバイス</translation>
    </message>
    <message>
      <source>End</source>
      <translation>終わった理由</translation>
    </message>
    <message>
      <source>First token after (s)</source>
      <translation>最初のトークンまで（秒）</translation>
    </message>
    <message>
      <source>Folder</source>
      <translation>フォルダー</translation>
    </message>
    <message>
      <source>How this answer was made was not kept.</source>
      <translation>この回答の作成条件は記録されていません。</translation>
    </message>
    <message>
      <source>Libraries</source>
      <translation>ライブラリ</translation>
    </message>
    <message>
      <source>Make this answer again and compare the words</source>
      <translation>この回答をもう一度作り、言葉を比べます</translation>
    </message>
    <message>
      <source>Messages left out</source>
      <translation>省いたメッセージ</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名前</translation>
    </message>
    <message>
      <source>Of them reused</source>
      <translation>うち再利用</translation>
    </message>
    <message>
      <source>Precision</source>
      <translation>精度</translation>
    </message>
    <message>
      <source>Prompt tokens</source>
      <translation>入力トークン</translation>
    </message>
    <message>
      <source>Replay</source>
      <translation>再現</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>シード</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>設定</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Tokens</source>
      <translation>トークン</translation>
    </message>
    <message>
      <source>Tokens per second</source>
      <translation>1 秒あたりのトークン</translation>
    </message>
    <message>
      <source>{part} of {whole}</source>
      <translation>{whole} 中 {part}</translation>
    </message>
  </context>
  <context>
    <name>Devices</name>
    <message>
      <source>Apple's GPU is used; float16 halves the memory.</source>
      <translation>Apple の GPU を使います。float16 でメモリが半分で済みます。</translation>
    </message>
    <message>
      <source>As set in the Model tab.</source>
      <translation>「モデル」タブの設定どおりです。</translation>
    </message>
    <message>
      <source>CUDA_VISIBLE_DEVICES hides the graphics card, so the model runs on the CPU.</source>
      <translation>CUDA_VISIBLE_DEVICES で GPU が隠されているため、モデルは CPU で動きます。</translation>
    </message>
    <message>
      <source>It does not fit here in 16 bits; in 8 bits it does.</source>
      <translation>16 ビットでは収まりませんが、8 ビットなら収まります。</translation>
    </message>
    <message>
      <source>It does not fit here in 8 bits; in 4 bits it does.</source>
      <translation>8 ビットでは収まりませんが、4 ビットなら収まります。</translation>
    </message>
    <message>
      <source>It does not fit on the graphics card: some layers lie on other devices.</source>
      <translation>グラフィックカードに収まらないため、一部の層をほかの場所に置いています。</translation>
    </message>
    <message>
      <source>No NVIDIA driver was found, so the model runs on the CPU.</source>
      <translation>NVIDIA ドライバーが見つからないため、モデルは CPU で動きます。</translation>
    </message>
    <message>
      <source>No usable graphics card was found; a small model runs in float32 on the CPU.</source>
      <translation>使える GPU が見つかりませんでした。小さいモデルなので CPU で float32 のまま動かします。</translation>
    </message>
    <message>
      <source>No usable graphics card was found; bfloat16 halves what the CPU must read.</source>
      <translation>使える GPU が見つかりませんでした。bfloat16 で CPU が読む量を半分にします。</translation>
    </message>
    <message>
      <source>No usable graphics card was found; float16 cannot hold this model's numbers.</source>
      <translation>使えるグラフィックカードが見つかりませんでした。このモデルの数値は float16 に収まらないため、bfloat16 を使います。</translation>
    </message>
    <message>
      <source>No usable graphics card was found; this CPU reads float16 the fastest.</source>
      <translation>使えるグラフィックカードが見つかりませんでした。この CPU では float16 がいちばん速く読めます。</translation>
    </message>
    <message>
      <source>The NVIDIA driver is not running, so the model runs on the CPU.</source>
      <translation>NVIDIA ドライバーが動いていないため、モデルは CPU で動きます。</translation>
    </message>
    <message>
      <source>The NVIDIA driver sees no graphics card, so the model runs on the CPU.</source>
      <translation>NVIDIA ドライバーに GPU が見つからないため、モデルは CPU で動きます。</translation>
    </message>
    <message>
      <source>The NVIDIA driver was updated; restart this computer to use the graphics card.</source>
      <translation>NVIDIA ドライバーが更新されました。GPU を使うにはコンピューターを再起動してください。</translation>
    </message>
    <message>
      <source>The graphics card gives no reading at the moment.</source>
      <translation>今は GPU の状態を読み取れません。</translation>
    </message>
    <message>
      <source>The graphics card is asleep; a model wakes it.</source>
      <translation>GPU は休止中です。モデルを使うと起動します。</translation>
    </message>
    <message>
      <source>The graphics card is used; bfloat16 halves the memory and keeps the range.</source>
      <translation>GPU を使います。bfloat16 は値の範囲を保ったまま、メモリが半分で済みます。</translation>
    </message>
    <message>
      <source>The graphics card is used; it has no bfloat16, so float16 is.</source>
      <translation>GPU を使います。bfloat16 に対応していないため、float16 にします。</translation>
    </message>
    <message>
      <source>The graphics card that is set in the Model tab is not here.</source>
      <translation>「モデル」タブで選ばれたグラフィックカードが見つかりません。</translation>
    </message>
    <message>
      <source>The graphics of this Mac can be read once a model is loaded.</source>
      <translation>この Mac の GPU の状態は、モデルを読み込むと表示されます。</translation>
    </message>
    <message>
      <source>The model runs on the CPU, as set in the Model tab.</source>
      <translation>「モデル」タブの設定どおり、モデルは CPU で動きます。</translation>
    </message>
  </context>
  <context>
    <name>EditBox</name>
    <message>
      <source>Cancel</source>
      <translation>取り消す</translation>
    </message>
    <message>
      <source>Edit the message</source>
      <translation>メッセージを編集</translation>
    </message>
    <message>
      <source>Enter sends it as a new version, Esc leaves</source>
      <translation>Enter で新しい版として送信、Esc で中止</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>保存</translation>
    </message>
    <message>
      <source>Send</source>
      <translation>送信</translation>
    </message>
    <message>
      <source>That is too long to paste here</source>
      <translation>長すぎるため、ここには貼り付けられません</translation>
    </message>
    <message>
      <source>{keys} saves, Esc leaves</source>
      <translation>{keys} で保存、Esc で中止</translation>
    </message>
    <message>
      <source>{keys} sends it as a new version, Esc leaves</source>
      <translation>{keys} で新しい版として送信、Esc で戻る</translation>
    </message>
  </context>
  <context>
    <name>Errors</name>
    <message>
      <source>A measured process ended early ({reason}).</source>
      <translation>計測中のプロセスが途中で終了しました（{reason}）。</translation>
    </message>
    <message>
      <source>A message can hold {most} files.</source>
      <translation>1 つのメッセージに添付できるファイルは {most} 個までです。</translation>
    </message>
    <message>
      <source>A message in another chat was not answered, because no model is loaded.</source>
      <translation>モデルが読み込まれていないため、別のチャットのメッセージに回答できませんでした。</translation>
    </message>
    <message>
      <source>A model elsewhere cannot continue an answer.</source>
      <translation>外部のモデルは回答の続きを書けません。</translation>
    </message>
    <message>
      <source>Accept the terms on the model's page and set HF_TOKEN, then download again.</source>
      <translation>モデルのページで利用条件に同意し、HF_TOKEN を設定してから、もう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Accept the terms on the model's page, then paste a token.</source>
      <translation>モデルのページで利用条件に同意してから、トークンを貼り付けてください。</translation>
    </message>
    <message>
      <source>Add at least one example.</source>
      <translation>例を 1 つ以上追加してください。</translation>
    </message>
    <message>
      <source>An adapter needs the whole model on one device.</source>
      <translation>アダプターを使うには、モデル全体が 1 つのデバイスにある必要があります。</translation>
    </message>
    <message>
      <source>An answer is being written in this chat.</source>
      <translation>このチャットでは回答を書いています。</translation>
    </message>
    <message>
      <source>Ask for fewer.</source>
      <translation>少なくしてください。</translation>
    </message>
    <message>
      <source>Attach a part of it.</source>
      <translation>必要な部分だけを添付してください。</translation>
    </message>
    <message>
      <source>Attach text, Markdown, code, CSV or JSON.</source>
      <translation>テキスト、Markdown、コード、CSV、JSON を添付してください。</translation>
    </message>
    <message>
      <source>Bring it back as it was, or start anew in another folder.</source>
      <translation>元に戻すか、別のフォルダーで最初から始めてください。</translation>
    </message>
    <message>
      <source>Call them prompt and response, or name two of these: {names}.</source>
      <translation>列の名前を prompt と response にするか、次から 2 つ指定してください: {names}</translation>
    </message>
    <message>
      <source>Change it in the Chat tab.</source>
      <translation>「チャット」タブで値を変えてください。</translation>
    </message>
    <message>
      <source>ChatApp is offline (HF_HUB_OFFLINE is set).</source>
      <translation>ChatApp はオフラインです（HF_HUB_OFFLINE が設定されています）。</translation>
    </message>
    <message>
      <source>ChatApp is offline.</source>
      <translation>ChatApp はオフラインです。</translation>
    </message>
    <message>
      <source>ChatApp opens again by itself; everything is saved.</source>
      <translation>ChatApp は自動的に開き直します。内容はすべて保存されています。</translation>
    </message>
    <message>
      <source>Check its address and the network; what has come is kept.</source>
      <translation>アドレスとネットワークを確認してください。届いた分は残っています。</translation>
    </message>
    <message>
      <source>Check its name and permissions.</source>
      <translation>名前と権限を確認してください。</translation>
    </message>
    <message>
      <source>Check its name and the drive.</source>
      <translation>名前とドライブを確認してください。</translation>
    </message>
    <message>
      <source>Check its name, or search for it.</source>
      <translation>名前を確認するか、検索してください。</translation>
    </message>
    <message>
      <source>Check its permissions, or set CHATAPP_HOME to another folder.</source>
      <translation>フォルダーの権限を確認するか、CHATAPP_HOME に別のフォルダーを指定してください。</translation>
    </message>
    <message>
      <source>Check that the disk has room.</source>
      <translation>ディスクの空きを確かめてください。</translation>
    </message>
    <message>
      <source>Check the address, the model's name and the settings.</source>
      <translation>アドレス、モデル名、設定を確認してください。</translation>
    </message>
    <message>
      <source>Check the drive and its permissions.</source>
      <translation>ドライブとアクセス権を確認してください。</translation>
    </message>
    <message>
      <source>Check the free space and permissions of the data folder.</source>
      <translation>データフォルダーの空き容量と権限を確認してください。</translation>
    </message>
    <message>
      <source>Check the network, then try again.</source>
      <translation>ネットワークを確認してから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Check the network, then try again; what has come is kept.</source>
      <translation>ネットワークを確認して、もう一度お試しください。受信済みの分は残っています。</translation>
    </message>
    <message>
      <source>Check the proxy, then try again.</source>
      <translation>プロキシを確認してから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Check the proxy, then try again; what has come is kept.</source>
      <translation>プロキシを確認して、もう一度お試しください。受信済みの分は残っています。</translation>
    </message>
    <message>
      <source>Check this computer's clock, and the network's proxy.</source>
      <translation>このコンピューターの時計と、ネットワークのプロキシを確認してください。</translation>
    </message>
    <message>
      <source>Choose Auto in the Model tab.</source>
      <translation>「モデル」タブで「自動」を選んでください。</translation>
    </message>
    <message>
      <source>Choose CPU as the device in the Model tab.</source>
      <translation>「モデル」タブでデバイスに CPU を選んでください。</translation>
    </message>
    <message>
      <source>Choose a file that ChatApp exported.</source>
      <translation>ChatApp が書き出したファイルを選んでください。</translation>
    </message>
    <message>
      <source>Choose a folder on a disk that is not formatted as FAT32 (CHATAPP_HOME).</source>
      <translation>FAT32 でないディスクのフォルダーを選んでください（CHATAPP_HOME）。</translation>
    </message>
    <message>
      <source>Choose a model at the top of the window.</source>
      <translation>ウィンドウの上部でモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose a model on this computer.</source>
      <translation>このコンピューターのモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose a model without custom code.</source>
      <translation>独自コードを必要としないモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose a shorter context or another shape.</source>
      <translation>コンテキストを短くするか、別の形状を選んでください。</translation>
    </message>
    <message>
      <source>Choose a smaller model, or a card with more memory.</source>
      <translation>もっと小さいモデルか、メモリの多いグラフィックカードを選んでください。</translation>
    </message>
    <message>
      <source>Choose a smaller model, or a shorter context.</source>
      <translation>より小さいモデルを選ぶか、コンテキストを短くしてください。</translation>
    </message>
    <message>
      <source>Choose a smaller precision or a smaller model.</source>
      <translation>より低い精度か、より小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose a smaller shape, or close other programs.</source>
      <translation>より小さい形状を選ぶか、ほかのプログラムを終了してください。</translation>
    </message>
    <message>
      <source>Choose a smaller shape, or set TMPDIR to another folder.</source>
      <translation>小さい形状を選ぶか、TMPDIR に別のフォルダーを設定してください。</translation>
    </message>
    <message>
      <source>Choose a version of the model in smaller files.</source>
      <translation>小さなファイルに分かれた版のモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose among several answers, edit some, or press the thumb under the better version.</source>
      <translation>複数の回答から選ぶか、回答を編集するか、良いほうの回答の親指を押してください。</translation>
    </message>
    <message>
      <source>Choose an unquantised version.</source>
      <translation>量子化されていない版を選んでください。</translation>
    </message>
    <message>
      <source>Choose another copy.</source>
      <translation>別のコピーを選んでください。</translation>
    </message>
    <message>
      <source>Choose another file, or name its form with --format.</source>
      <translation>別のファイルを選ぶか、--format で形式を指定してください。</translation>
    </message>
    <message>
      <source>Choose another file.</source>
      <translation>別のファイルを選んでください。</translation>
    </message>
    <message>
      <source>Choose another folder, or go on with --resume.</source>
      <translation>別のフォルダーを選ぶか、--resume で続けてください。</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>別のフォルダーを選んでください。</translation>
    </message>
    <message>
      <source>Choose another model and report this one.</source>
      <translation>別のモデルを選び、このモデルのことを報告してください。</translation>
    </message>
    <message>
      <source>Choose another model, or download it again.</source>
      <translation>別のモデルを選ぶか、もう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Choose another model, or start a new chat.</source>
      <translation>別のモデルを選ぶか、新しいチャットを始めてください。</translation>
    </message>
    <message>
      <source>Choose another model.</source>
      <translation>別のモデルを選んでください。</translation>
    </message>
    <message>
      <source>Choose another name.</source>
      <translation>別の名前にしてください。</translation>
    </message>
    <message>
      <source>Choose another one, or leave it out.</source>
      <translation>別のものを選ぶか、指定を省いてください。</translation>
    </message>
    <message>
      <source>Choose another one.</source>
      <translation>別のものを選んでください。</translation>
    </message>
    <message>
      <source>Choose another place, or free some space.</source>
      <translation>別の場所を選ぶか、空き容量を増やしてください。</translation>
    </message>
    <message>
      <source>Choose another value.</source>
      <translation>別の値を選んでください。</translation>
    </message>
    <message>
      <source>Choose another version of it.</source>
      <translation>このモデルの別の版を選んでください。</translation>
    </message>
    <message>
      <source>Choose bfloat16 or float16.</source>
      <translation>bfloat16 か float16 を選んでください。</translation>
    </message>
    <message>
      <source>Choose bfloat16 or float32.</source>
      <translation>bfloat16 か float32 を選んでください。</translation>
    </message>
    <message>
      <source>Choose from {known}.</source>
      <translation>{known} から選んでください。</translation>
    </message>
    <message>
      <source>Choose one of these: {names}.</source>
      <translation>次の中から選んでください: {names}。</translation>
    </message>
    <message>
      <source>Choose other data, or learn from answers.</source>
      <translation>ほかのデータを選ぶか、回答から学習させてください。</translation>
    </message>
    <message>
      <source>Choose text files.</source>
      <translation>テキストファイルを選んでください。</translation>
    </message>
    <message>
      <source>Choose the folder that contains adapter_config.json.</source>
      <translation>adapter_config.json があるフォルダーを選んでください。</translation>
    </message>
    <message>
      <source>Choose the folder that contains config.json.</source>
      <translation>config.json があるフォルダーを選んでください。</translation>
    </message>
    <message>
      <source>Close other programs, or choose a smaller model.</source>
      <translation>ほかのプログラムを閉じるか、小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Close other programs, set a smaller precision, or choose a smaller model.</source>
      <translation>ほかのプログラムを閉じるか、低い精度または小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Close that program, then try again.</source>
      <translation>そのプログラムを閉じてから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Close what uses it, then try again.</source>
      <translation>使っているものを閉じてから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Copy it again.</source>
      <translation>もう一度コピーしてください。</translation>
    </message>
    <message>
      <source>Copy it, change the copy, and send that.</source>
      <translation>コピーして書き換え、それを送信してください。</translation>
    </message>
    <message>
      <source>Copy the whole token on the Hub's page, alone.</source>
      <translation>Hub のページでトークンだけを全部コピーしてください。</translation>
    </message>
    <message>
      <source>Correct it in the file, then import it again.</source>
      <translation>ファイルの値を直してから、もう一度読み込んでください。</translation>
    </message>
    <message>
      <source>Correct it, or unset it.</source>
      <translation>正しく直すか、設定を解除してください。</translation>
    </message>
    <message>
      <source>Correct the key.</source>
      <translation>キーを確認してください。</translation>
    </message>
    <message>
      <source>Delete it where it lies.</source>
      <translation>置かれている場所で削除してください。</translation>
    </message>
    <message>
      <source>Delete its folder yourself.</source>
      <translation>フォルダーをご自身で削除してください。</translation>
    </message>
    <message>
      <source>Download it again, or choose another precision.</source>
      <translation>もう一度ダウンロードするか、別の精度を選んでください。</translation>
    </message>
    <message>
      <source>Download it again.</source>
      <translation>もう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Download it again; sign in if the model is gated.</source>
      <translation>もう一度ダウンロードしてください。利用申請が必要なモデルの場合は、先にサインインしてください。</translation>
    </message>
    <message>
      <source>Download the adapter again.</source>
      <translation>アダプターをもう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Download the model first.</source>
      <translation>先にモデルをダウンロードしてください。</translation>
    </message>
    <message>
      <source>Download the weights.</source>
      <translation>重みをダウンロードしてください。</translation>
    </message>
    <message>
      <source>Download this file again.</source>
      <translation>このファイルをもう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Download tokenizer.json again.</source>
      <translation>tokenizer.json をもう一度ダウンロードしてください。</translation>
    </message>
    <message>
      <source>Entry {number} has no list of messages.</source>
      <translation>{number} 番目の項目にメッセージの一覧がありません。</translation>
    </message>
    <message>
      <source>Entry {number} has no messages that can be read.</source>
      <translation>{number} 番目の項目に読めるメッセージがありません。</translation>
    </message>
    <message>
      <source>Entry {number} is damaged.</source>
      <translation>{number} 番目の項目が壊れています。</translation>
    </message>
    <message>
      <source>Entry {number} is damaged; it and what follows cannot be read.</source>
      <translation>{number} 番目の項目が壊れているため、それ以降は読めません。</translation>
    </message>
    <message>
      <source>Entry {number} is no conversation that ChatApp knows.</source>
      <translation>{number} 番目の項目は ChatApp の知らない形式です。</translation>
    </message>
    <message>
      <source>Free some space on the disk, then try again.</source>
      <translation>ディスクの空きを増やしてから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Free some space on the disk.</source>
      <translation>ディスクの空きを増やしてください。</translation>
    </message>
    <message>
      <source>Free some space, then download again; what has come is kept.</source>
      <translation>空き容量を増やしてから、もう一度ダウンロードしてください。受信済みの分は残っています。</translation>
    </message>
    <message>
      <source>Free some space, then try again.</source>
      <translation>空き容量を増やしてから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Give one of {bits} bits or more: for example 32 random letters and digits.</source>
      <translation>{bits} ビット以上のトークンを指定してください（例：無作為な英数字 32 文字）。</translation>
    </message>
    <message>
      <source>HF_ENDPOINT is not an https address ({url}).</source>
      <translation>HF_ENDPOINT が https のアドレスではありません（{url}）。</translation>
    </message>
    <message>
      <source>How this answer was made was not kept.</source>
      <translation>この回答の作成条件は記録されていません。</translation>
    </message>
    <message>
      <source>If you trust it, enter that address: the key goes only where you say.</source>
      <translation>信頼できる場合は、そのアドレスを入力してください。キーは指定した相手にだけ送られます。</translation>
    </message>
    <message>
      <source>It is kept there: choose a model, then write an answer to it.</source>
      <translation>メッセージはそこに残っています。モデルを選んでから、回答を書かせてください。</translation>
    </message>
    <message>
      <source>It is used until ChatApp ends.</source>
      <translation>ChatApp を終了するまではこのキーを使います。</translation>
    </message>
    <message>
      <source>It looks like organisation/model.</source>
      <translation>「組織名/モデル名」の形です。</translation>
    </message>
    <message>
      <source>Leave --device out.</source>
      <translation>--device を外してください。</translation>
    </message>
    <message>
      <source>Leave it out, or write it with turns that alternate.</source>
      <translation>取り除くか、発言が交互になるように書いてください。</translation>
    </message>
    <message>
      <source>Leave the columns out.</source>
      <translation>列の指定を外してください。</translation>
    </message>
    <message>
      <source>Let it forget the oldest turns, or raise the context length in the Model tab.</source>
      <translation>古いやりとりを忘れるように設定するか、「モデル」タブでコンテキスト長を増やしてください。</translation>
    </message>
    <message>
      <source>Line {line} has a message without text.</source>
      <translation>{line} 行目に本文のないメッセージがあります。</translation>
    </message>
    <message>
      <source>Line {line} has a quotation mark too many.</source>
      <translation>{line} 行目の引用符が多すぎます。</translation>
    </message>
    <message>
      <source>Line {line} has an unknown role ({role}).</source>
      <translation>{line} 行目に不明な役割 ({role}) があります。</translation>
    </message>
    <message>
      <source>Line {line} has more than {limit} messages.</source>
      <translation>{line} 行目のメッセージが {limit} 件を超えています。</translation>
    </message>
    <message>
      <source>Line {line} has no worse answer to compare with.</source>
      <translation>{line} 行目には、比べるための劣る回答がありません。</translation>
    </message>
    <message>
      <source>Line {line} has none of the known forms.</source>
      <translation>{line} 行目は対応している形式ではありません。</translation>
    </message>
    <message>
      <source>Line {line} has too few columns ({count}).</source>
      <translation>{line} 行目の列が足りません ({count})。</translation>
    </message>
    <message>
      <source>Line {line} holds no answer to learn.</source>
      <translation>{line} 行目に学習する回答がありません。</translation>
    </message>
    <message>
      <source>Line {line} holds something else than text.</source>
      <translation>{line} 行目にテキスト以外のものがあります。</translation>
    </message>
    <message>
      <source>Line {line} is longer than {limit} characters.</source>
      <translation>{line} 行目が {limit} 文字を超えています。</translation>
    </message>
    <message>
      <source>Line {line} is no JSON.</source>
      <translation>{line} 行目は JSON ではありません。</translation>
    </message>
    <message>
      <source>Line {line} is not UTF-8 text.</source>
      <translation>{line} 行目は UTF-8 のテキストではありません。</translation>
    </message>
    <message>
      <source>Line {number} is not JSON.</source>
      <translation>{number} 行目は JSON ではありません。</translation>
    </message>
    <message>
      <source>Load another model first.</source>
      <translation>先に別のモデルを読み込んでください。</translation>
    </message>
    <message>
      <source>Load it as bfloat16 or float32 in the Model tab.</source>
      <translation>「モデル」タブで bfloat16 か float32 にして読み込み直してください。</translation>
    </message>
    <message>
      <source>Load that model, then replay.</source>
      <translation>そのモデルを読み込んでから再現してください。</translation>
    </message>
    <message>
      <source>Load the model in a smaller precision, or choose a smaller one.</source>
      <translation>より低い精度で読み込むか、より小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Load {base} first, then add it.</source>
      <translation>先に {base} を読み込んでから追加してください。</translation>
    </message>
    <message>
      <source>Look for a plain LoRA adapter.</source>
      <translation>通常の LoRA アダプターを探してください。</translation>
    </message>
    <message>
      <source>Look for a safetensors version.</source>
      <translation>safetensors 版を探してください。</translation>
    </message>
    <message>
      <source>Lower the rows at once, the rank or the longest example, or save memory.</source>
      <translation>同時に読む行数、ランク、最長の例のどれかを下げるか、メモリを節約してください。</translation>
    </message>
    <message>
      <source>Make a new one on the Hub's page and paste it.</source>
      <translation>Hub のページで新しく作り、貼り付けてください。</translation>
    </message>
    <message>
      <source>Make a new one on the Hub's page and set HF_TOKEN.</source>
      <translation>Hub のページで新しく作り、HF_TOKEN に設定してください。</translation>
    </message>
    <message>
      <source>Mend it or leave it out; the other rows are used.</source>
      <translation>直すか、取り除いてください。ほかの行は使われます。</translation>
    </message>
    <message>
      <source>Merge into an unquantised version.</source>
      <translation>量子化されていない版に統合してください。</translation>
    </message>
    <message>
      <source>Message {message} of entry {number} answers none before it.</source>
      <translation>{number} 番目の項目の {message} 番目のメッセージは、前にない発言に答えています。</translation>
    </message>
    <message>
      <source>Message {message} of entry {number} has no role.</source>
      <translation>{number} 番目の項目の {message} 番目のメッセージに役割がありません。</translation>
    </message>
    <message>
      <source>More than one model is called {name}.</source>
      <translation>{name} という名前のモデルが複数あります。</translation>
    </message>
    <message>
      <source>NVIDIA driver {version} is too old for CUDA {needed}, so the model runs on the CPU. Update the driver.</source>
      <translation>NVIDIA ドライバー {version} は CUDA {needed} には古いため、モデルは CPU で動きます。ドライバーを更新してください。</translation>
    </message>
    <message>
      <source>Name two of these: {names}.</source>
      <translation>次から 2 つ指定してください: {names}</translation>
    </message>
    <message>
      <source>No answer is marked as good yet.</source>
      <translation>よいと印を付けた回答がまだありません。</translation>
    </message>
    <message>
      <source>No answer was preferred to another version of it yet.</source>
      <translation>ほかの版より良いと選ばれた回答がまだありません。</translation>
    </message>
    <message>
      <source>No model is loaded.</source>
      <translation>モデルが読み込まれていません。</translation>
    </message>
    <message>
      <source>Not one layer of {name} fits on the graphics card beside its context.</source>
      <translation>コンテキストの分を除くと、グラフィックカードには {name} の層が 1 つも収まりません。</translation>
    </message>
    <message>
      <source>Only an adapter can learn from pairs of answers.</source>
      <translation>回答の組から学べるのはアダプターだけです。</translation>
    </message>
    <message>
      <source>Only text can be learned.</source>
      <translation>学習できるのはテキストだけです。</translation>
    </message>
    <message>
      <source>Only the first {count} entries are read.</source>
      <translation>最初の {count} 件だけを読みました。</translation>
    </message>
    <message>
      <source>Open the window once, then try again.</source>
      <translation>一度ウィンドウを開いてから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Other computers could reach {address}, so it needs a strong token.</source>
      <translation>{address} にはほかのコンピューターからも届くため、強いトークンが必要です。</translation>
    </message>
    <message>
      <source>Port {port} is in use.</source>
      <translation>ポート {port} は使用中です。</translation>
    </message>
    <message>
      <source>Press the thumb under answers that you like, or edit some; then come back.</source>
      <translation>気に入った回答の下の親指を押すか、回答を編集してから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>PyTorch cannot use the graphics card, so the model runs on the CPU. Run 'chatapp doctor'.</source>
      <translation>PyTorch がグラフィックカードを使えないため、モデルは CPU で動きます。「chatapp doctor」を実行してください。</translation>
    </message>
    <message>
      <source>PyTorch was set up without graphics cards, so the model runs on the CPU. Run 'python3 packaging/launch.py --setup'.</source>
      <translation>PyTorch がグラフィックカードなしで用意されているため、モデルは CPU で動きます。「python3 packaging/launch.py --setup」を実行してください。</translation>
    </message>
    <message>
      <source>Resume download.</source>
      <translation>ダウンロードを再開してください。</translation>
    </message>
    <message>
      <source>Run 'chatapp ask TEXT', or 'chatapp chat' here.</source>
      <translation>ここでは「chatapp ask TEXT」または「chatapp chat」を実行してください。</translation>
    </message>
    <message>
      <source>Run 'chatapp doctor' in a terminal instead.</source>
      <translation>代わりにターミナルで「chatapp doctor」を実行してください。</translation>
    </message>
    <message>
      <source>Run 'chatapp doctor'.</source>
      <translation>「chatapp doctor」を実行してください。</translation>
    </message>
    <message>
      <source>Run 'chatapp models' to see what is here.</source>
      <translation>「chatapp models」で、使えるモデルを確認してください。</translation>
    </message>
    <message>
      <source>Run 'python3 packaging/launch.py --setup'.</source>
      <translation>「python3 packaging/launch.py --setup」を実行してください。</translation>
    </message>
    <message>
      <source>Save the file as UTF-8.</source>
      <translation>ファイルを UTF-8 で保存してください。</translation>
    </message>
    <message>
      <source>Search for the model again.</source>
      <translation>もう一度モデルを検索してください。</translation>
    </message>
    <message>
      <source>Search for the safetensors version of {name}.</source>
      <translation>{name} の safetensors 版を探してください。</translation>
    </message>
    <message>
      <source>See the numbers with 'chatapp export --list'.</source>
      <translation>番号は「chatapp export --list」で確かめられます。</translation>
    </message>
    <message>
      <source>Send the message again.</source>
      <translation>メッセージをもう一度送信してください。</translation>
    </message>
    <message>
      <source>Send these first.</source>
      <translation>先に今のファイルを送信してください。</translation>
    </message>
    <message>
      <source>Set a smaller precision or Offload in the Model tab, or choose a smaller model.</source>
      <translation>「モデル」タブで精度を下げるかオフロードを設定するか、より小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Set https_proxy to an http:// proxy.</source>
      <translation>https_proxy に http:// のプロキシを設定してください。</translation>
    </message>
    <message>
      <source>Shorten it, or raise the context length in the Model tab if the model allows.</source>
      <translation>短くするか、モデルが対応していれば「モデル」タブでコンテキスト長を大きくしてください。</translation>
    </message>
    <message>
      <source>Shorten the context, load in a smaller precision, or choose a smaller model.</source>
      <translation>コンテキスト長を短くするか、低い精度で読み込むか、小さいモデルを選んでください。</translation>
    </message>
    <message>
      <source>Shorten the context, or choose CPU as the device in the Model tab.</source>
      <translation>コンテキストを短くするか、「モデル」タブでデバイスに CPU を選んでください。</translation>
    </message>
    <message>
      <source>Shorten the context, or choose bfloat16 or float16.</source>
      <translation>コンテキストを短くするか、bfloat16 か float16 を選んでください。</translation>
    </message>
    <message>
      <source>Some characters of {file} cannot be read; they are replaced.</source>
      <translation>{file} には読めない文字があり、置き換えました。</translation>
    </message>
    <message>
      <source>Something went wrong in ChatApp. Your text is saved.</source>
      <translation>ChatApp で問題が起きました。入力した文章は保存してあります。</translation>
    </message>
    <message>
      <source>Split it, or import a part of it.</source>
      <translation>分割するか、一部だけを取り込んでください。</translation>
    </message>
    <message>
      <source>Split it.</source>
      <translation>分割してください。</translation>
    </message>
    <message>
      <source>Split the file.</source>
      <translation>ファイルを分割してください。</translation>
    </message>
    <message>
      <source>Start ChatApp again: it keeps the file and opens a new one.</source>
      <translation>ChatApp をもう一度起動してください。ファイルを保管して新しく作ります。</translation>
    </message>
    <message>
      <source>Start it anew in another folder.</source>
      <translation>別のフォルダーで最初から始めてください。</translation>
    </message>
    <message>
      <source>Start it without --resume.</source>
      <translation>--resume なしで始めてください。</translation>
    </message>
    <message>
      <source>Start one in the window.</source>
      <translation>ウィンドウで始めてください。</translation>
    </message>
    <message>
      <source>Stop it, or wait until it is finished.</source>
      <translation>停止するか、終わるまでお待ちください。</translation>
    </message>
    <message>
      <source>Switch “Offline” off in the preferences to search and to download; your models work without.</source>
      <translation>検索とダウンロードには、環境設定の「オフライン」をオフにしてください。手元のモデルはそのまま使えます。</translation>
    </message>
    <message>
      <source>Switch “Offline” off in the preferences, or unset HF_HUB_OFFLINE, to reach {name}; the models on this computer work without.</source>
      <translation>{name} に接続するには、環境設定の「オフライン」をオフにするか、HF_HUB_OFFLINE を解除してください。このコンピューターのモデルはそのまま使えます。</translation>
    </message>
    <message>
      <source>The API needs one address of this computer, in numbers.</source>
      <translation>API には、このコンピューターのアドレスを数字で 1 つ指定する必要があります。</translation>
    </message>
    <message>
      <source>The Hub does not accept your token.</source>
      <translation>Hub がトークンを受け付けませんでした。</translation>
    </message>
    <message>
      <source>The architecture {architecture} isn't supported by this version.</source>
      <translation>アーキテクチャ {architecture} は、この版では対応していません。</translation>
    </message>
    <message>
      <source>The archive is too large; {file} and what follows is not read.</source>
      <translation>書庫が大きすぎるため、{file} 以降は読みません。</translation>
    </message>
    <message>
      <source>The certificate of {host} cannot be trusted.</source>
      <translation>{host} の証明書を信頼できません。</translation>
    </message>
    <message>
      <source>The chat file cannot be read or written.</source>
      <translation>チャットのファイルを読み書きできません。</translation>
    </message>
    <message>
      <source>The chat file is damaged and cannot be moved aside.</source>
      <translation>チャットのファイルが壊れていますが、別の場所に移せません。</translation>
    </message>
    <message>
      <source>The chat file is damaged.</source>
      <translation>チャットのファイルが壊れています。</translation>
    </message>
    <message>
      <source>The chat file is in use by another program.</source>
      <translation>チャットのファイルは、ほかのプログラムが使用中です。</translation>
    </message>
    <message>
      <source>The chat file was written by an older ChatApp.</source>
      <translation>会話ファイルは古い ChatApp のものです。</translation>
    </message>
    <message>
      <source>The chat template of this model refuses the conversation ({why}).</source>
      <translation>このモデルのチャットテンプレートが会話を受け付けません ({why})。</translation>
    </message>
    <message>
      <source>The chat template of this model rewrites earlier turns.</source>
      <translation>このモデルのチャットテンプレートは前のやり取りを書き換えます。</translation>
    </message>
    <message>
      <source>The chat template of this model was stopped ({why}).</source>
      <translation>このモデルのチャットテンプレートを止めました（{why}）。</translation>
    </message>
    <message>
      <source>The columns of question and answer are not known.</source>
      <translation>質問と回答の列がわかりません。</translation>
    </message>
    <message>
      <source>The conversation needs {needed} tokens; {limit} fit.</source>
      <translation>この会話には {needed} トークンが必要ですが、{limit} しか入りません。</translation>
    </message>
    <message>
      <source>The data has more than {limit} rows.</source>
      <translation>データが {limit} 行を超えています。</translation>
    </message>
    <message>
      <source>The data holds no pairs of a better and a worse answer.</source>
      <translation>このデータには、良い回答と劣る回答の組がありません。</translation>
    </message>
    <message>
      <source>The device {device} is not available on this computer.</source>
      <translation>このコンピューターではデバイス {device} を使えません。</translation>
    </message>
    <message>
      <source>The diagnostics could not be made.</source>
      <translation>診断情報を作成できませんでした。</translation>
    </message>
    <message>
      <source>The disk is full: {need} GB are needed, {free} GB are free.</source>
      <translation>ディスクがいっぱいです。{need} GB 必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>The disk is full; the newest text is not saved yet.</source>
      <translation>ディスクがいっぱいです。最新の文章はまだ保存されていません。</translation>
    </message>
    <message>
      <source>The disk of the models folder takes no files of this size.</source>
      <translation>モデルフォルダーのディスクには、この大きさのファイルを置けません。</translation>
    </message>
    <message>
      <source>The file name {file} is not safe.</source>
      <translation>ファイル名 {file} は安全ではありません。</translation>
    </message>
    <message>
      <source>The folder {folder} cannot be used ({why}).</source>
      <translation>フォルダー {folder} を使えません（{why}）。</translation>
    </message>
    <message>
      <source>The graphics card does not fit the installed PyTorch.</source>
      <translation>インストールされている PyTorch は、このグラフィックカードに対応していません。</translation>
    </message>
    <message>
      <source>The graphics card stopped working for ChatApp.</source>
      <translation>ChatApp からグラフィックカードが使えなくなりました。</translation>
    </message>
    <message>
      <source>The key could not be saved ({why}).</source>
      <translation>キーを保存できませんでした（{why}）。</translation>
    </message>
    <message>
      <source>The key holds characters that no key has.</source>
      <translation>キーに使えない文字が含まれています。</translation>
    </message>
    <message>
      <source>The key's file {file} cannot be read.</source>
      <translation>キーのファイル {file} を読み込めません。</translation>
    </message>
    <message>
      <source>The loss is no longer a number.</source>
      <translation>損失が数値ではなくなりました。</translation>
    </message>
    <message>
      <source>The model has no file {file}.</source>
      <translation>このモデルには {file} というファイルがありません。</translation>
    </message>
    <message>
      <source>The model produced invalid numbers.</source>
      <translation>モデルの計算結果が正しい数値になりませんでした。</translation>
    </message>
    <message>
      <source>The proxy {proxy} is of a kind that ChatApp does not speak to.</source>
      <translation>プロキシ {proxy} は、ChatApp が対応していない種類です。</translation>
    </message>
    <message>
      <source>The rest can be imported.</source>
      <translation>残りは取り込めます。</translation>
    </message>
    <message>
      <source>The settings could not be saved.</source>
      <translation>設定を保存できませんでした。</translation>
    </message>
    <message>
      <source>The token could not be saved ({why}).</source>
      <translation>トークンを保存できませんでした（{why}）。</translation>
    </message>
    <message>
      <source>The token holds characters that no header may.</source>
      <translation>トークンに、ヘッダーで使えない文字が含まれています。</translation>
    </message>
    <message>
      <source>The tokenizer has {tokens} tokens but the model only {rows}.</source>
      <translation>トークナイザーは {tokens} トークンですが、モデルは {rows} トークン分しかありません。</translation>
    </message>
    <message>
      <source>The tokenizer is missing or damaged.</source>
      <translation>トークナイザーがないか、壊れています。</translation>
    </message>
    <message>
      <source>The tokenizer is missing.</source>
      <translation>トークナイザーがありません。</translation>
    </message>
    <message>
      <source>The training could not be noted ({why}).</source>
      <translation>学習を記録できませんでした（{why}）。</translation>
    </message>
    <message>
      <source>The weight list names {shard}, which is listed twice.</source>
      <translation>重みの一覧に {shard} が二重に載っています。</translation>
    </message>
    <message>
      <source>The weight list names {shard}, which is missing.</source>
      <translation>重みの一覧にある {shard} が見つかりません。</translation>
    </message>
    <message>
      <source>The weight list names {shard}, which is outside the folder.</source>
      <translation>重みの一覧にある {shard} はフォルダーの外にあります。</translation>
    </message>
    <message>
      <source>The weights are in an unsafe format ({file}).</source>
      <translation>重みが安全でない形式です（{file}）。</translation>
    </message>
    <message>
      <source>The weights contain invalid numbers ({name}).</source>
      <translation>重みに無効な数値が含まれています（{name}）。</translation>
    </message>
    <message>
      <source>The weights of {architecture} cannot be counted without their files.</source>
      <translation>{architecture} の重みは、ファイルがないと数えられません。</translation>
    </message>
    <message>
      <source>The weights of {name} were packed by its maker; nothing can be added to them.</source>
      <translation>{name} の重みは作者によって量子化されているため、何も足せません。</translation>
    </message>
    <message>
      <source>The weights were not downloaded; {file} is only a pointer.</source>
      <translation>重みがダウンロードされていません。{file} は参照情報だけです。</translation>
    </message>
    <message>
      <source>The window's library is missing ({name}).</source>
      <translation>ウィンドウ表示用のライブラリがありません（{name}）。</translation>
    </message>
    <message>
      <source>There are no chats on this computer yet.</source>
      <translation>このコンピューターにはまだ会話がありません。</translation>
    </message>
    <message>
      <source>There are no examples to train on.</source>
      <translation>学習に使う例がありません。</translation>
    </message>
    <message>
      <source>There is already something called {name}.</source>
      <translation>{name} という名前のものがすでにあります。</translation>
    </message>
    <message>
      <source>There is no adapter called {name}.</source>
      <translation>{name} というアダプターはありません。</translation>
    </message>
    <message>
      <source>There is no chat with the number {number}.</source>
      <translation>番号 {number} の会話はありません。</translation>
    </message>
    <message>
      <source>There is no column {name}.</source>
      <translation>列 {name} はありません。</translation>
    </message>
    <message>
      <source>There is no display for the window.</source>
      <translation>ウィンドウを表示できる画面がありません。</translation>
    </message>
    <message>
      <source>There is no knob {name}.</source>
      <translation>{name} という設定はありません。</translation>
    </message>
    <message>
      <source>There is no model called {name}.</source>
      <translation>{name} という名前のモデルはありません。</translation>
    </message>
    <message>
      <source>There is no model {model} on the Hub, or it is private.</source>
      <translation>Hub に {model} というモデルはないか、非公開です。</translation>
    </message>
    <message>
      <source>There is no preset called {name}.</source>
      <translation>「{name}」というプリセットはありません。</translation>
    </message>
    <message>
      <source>There is no training in {folder} to go on with.</source>
      <translation>{folder} に続けられる学習はありません。</translation>
    </message>
    <message>
      <source>There is nothing to answer.</source>
      <translation>回答するメッセージがありません。</translation>
    </message>
    <message>
      <source>This adapter changes the head, which {name} shares with its embeddings.</source>
      <translation>このアダプターは出力層を変えますが、{name} ではそれが埋め込みと共有されています。</translation>
    </message>
    <message>
      <source>This adapter does not fit the model ({name}).</source>
      <translation>このアダプターはモデルに合いません ({name})。</translation>
    </message>
    <message>
      <source>This adapter is in an unsafe format ({file}).</source>
      <translation>このアダプターは安全でない形式です ({file})。</translation>
    </message>
    <message>
      <source>This adapter is not whole ({name}).</source>
      <translation>このアダプターは不完全です ({name})。</translation>
    </message>
    <message>
      <source>This answer cannot be drawn: {reason}.</source>
      <translation>この設定では回答を作れません（{reason}）。</translation>
    </message>
    <message>
      <source>This answer was made by {model}.</source>
      <translation>この回答は {model} が作りました。</translation>
    </message>
    <message>
      <source>This chat file was written by a newer ChatApp.</source>
      <translation>このチャットのファイルは新しい版の ChatApp で書かれています。</translation>
    </message>
    <message>
      <source>This file is not a preset of ChatApp.</source>
      <translation>このファイルは ChatApp のプリセットではありません。</translation>
    </message>
    <message>
      <source>This file was written by a newer ChatApp.</source>
      <translation>このファイルは新しい ChatApp のものです。</translation>
    </message>
    <message>
      <source>This is a {kind} model; ChatApp chats with safetensors language models.</source>
      <translation>これは {kind} のモデルです。ChatApp で会話できるのは safetensors 形式の言語モデルです。</translation>
    </message>
    <message>
      <source>This is an adapter for {base}.</source>
      <translation>これは {base} 用のアダプターです。</translation>
    </message>
    <message>
      <source>This kind of adapter is not supported ({what}).</source>
      <translation>この種類のアダプターには対応していません ({what})。</translation>
    </message>
    <message>
      <source>This message is too long to edit here.</source>
      <translation>このメッセージは長すぎるため、ここでは編集できません。</translation>
    </message>
    <message>
      <source>This message needs {needed} tokens; {limit} fit.</source>
      <translation>このメッセージには {needed} トークン必要ですが、入るのは {limit} トークンです。</translation>
    </message>
    <message>
      <source>This model asks to load code from {repo}; it was blocked.</source>
      <translation>このモデルは {repo} からコードを読み込もうとしたため、ブロックしました。</translation>
    </message>
    <message>
      <source>This model can see at most {limit} tokens.</source>
      <translation>このモデルが見られるのは {limit} トークンまでです。</translation>
    </message>
    <message>
      <source>This model can write {scores} tokens but read only {rows}.</source>
      <translation>このモデルは {scores} 種類のトークンを書けますが、読めるのは {rows} 種類だけです。</translation>
    </message>
    <message>
      <source>This model cannot run in {precision} in this version.</source>
      <translation>このモデルは、この版では {precision} で動かせません。</translation>
    </message>
    <message>
      <source>This model has no layers that an adapter could be put beside.</source>
      <translation>このモデルにはアダプターを添えられる層がありません。</translation>
    </message>
    <message>
      <source>This model needs the package {package}.</source>
      <translation>このモデルにはパッケージ {package} が必要です。</translation>
    </message>
    <message>
      <source>This model needs to run its own code, which ChatApp does not allow.</source>
      <translation>このモデルは独自のコードの実行を必要としますが、ChatApp では許可していません。</translation>
    </message>
    <message>
      <source>This model's chat template refused the conversation ({reason}).</source>
      <translation>このモデルのチャットテンプレートは、この会話を扱えませんでした（{reason}）。</translation>
    </message>
    <message>
      <source>This model's config.json is contradictory ({what}).</source>
      <translation>このモデルの config.json に矛盾があります（{what}）。</translation>
    </message>
    <message>
      <source>This preset has a value that cannot be used ({what}).</source>
      <translation>このプリセットには使えない値があります（{what}）。</translation>
    </message>
    <message>
      <source>This training cannot go on, because its data has changed.</source>
      <translation>データが変わったため、この学習は続けられません。</translation>
    </message>
    <message>
      <source>This training cannot go on, because its model has changed.</source>
      <translation>モデルが変わったため、この学習は続けられません。</translation>
    </message>
    <message>
      <source>This training cannot go on: {file} does not fit it.</source>
      <translation>この学習は続けられません。{file} が合いません。</translation>
    </message>
    <message>
      <source>Train again with a lower learning rate; the last good state is kept.</source>
      <translation>学習率を下げてもう一度学習してください。最後の正常な状態は残っています。</translation>
    </message>
    <message>
      <source>Train all weights, or choose another model.</source>
      <translation>すべての重みを学習するか、別のモデルを選んでください。</translation>
    </message>
    <message>
      <source>Train an adapter, or learn the better answers alone.</source>
      <translation>アダプターを学習させるか、良い回答だけを学習させてください。</translation>
    </message>
    <message>
      <source>Train with one question and one answer per example.</source>
      <translation>1 つの例に質問と回答を 1 つずつ入れて学習してください。</translation>
    </message>
    <message>
      <source>Training in float16 needs a graphics card.</source>
      <translation>float16 での学習にはグラフィックカードが必要です。</translation>
    </message>
    <message>
      <source>Try again in {seconds} s.</source>
      <translation>{seconds} 秒後にもう一度お試しください。</translation>
    </message>
    <message>
      <source>Try again in {seconds} s; what has come is kept.</source>
      <translation>{seconds} 秒後にもう一度お試しください。受信済みの分は残っています。</translation>
    </message>
    <message>
      <source>Try again later, or from another network.</source>
      <translation>後で、または別のネットワークから、もう一度お試しください。</translation>
    </message>
    <message>
      <source>Try again later.</source>
      <translation>しばらくしてからもう一度お試しください。</translation>
    </message>
    <message>
      <source>Try again.</source>
      <translation>もう一度お試しください。</translation>
    </message>
    <message>
      <source>Try again; what has come is kept.</source>
      <translation>もう一度お試しください。届いた分は残っています。</translation>
    </message>
    <message>
      <source>Unset it to search and to download; your models work without.</source>
      <translation>検索とダウンロードをするには設定を解除してください。手元のモデルはそのまま使えます。</translation>
    </message>
    <message>
      <source>Update ChatApp to open it.</source>
      <translation>開くには ChatApp を更新してください。</translation>
    </message>
    <message>
      <source>Update ChatApp to read it.</source>
      <translation>読むには ChatApp を更新してください。</translation>
    </message>
    <message>
      <source>Update ChatApp, or choose another model.</source>
      <translation>ChatApp を更新するか、別のモデルを選んでください。</translation>
    </message>
    <message>
      <source>Use 127.0.0.1, or the address by which the others reach this computer.</source>
      <translation>127.0.0.1、またはほかのコンピューターからこのコンピューターに届くアドレスを使ってください。</translation>
    </message>
    <message>
      <source>Use it beside the model instead.</source>
      <translation>統合せずに、モデルと一緒にお使いください。</translation>
    </message>
    <message>
      <source>Use letters, digits and - . _ ~ + / = only, at most {longest}.</source>
      <translation>英数字と - . _ ~ + / = だけを、{longest} 文字以内で使ってください。</translation>
    </message>
    <message>
      <source>Use one that begins with https://; http:// only for this computer.</source>
      <translation>https:// で始まるアドレスを使ってください。http:// はこのコンピューターだけに使えます。</translation>
    </message>
    <message>
      <source>Use port {free}.</source>
      <translation>ポート {free} を使ってください。</translation>
    </message>
    <message>
      <source>Use the tokenizer that belongs to this model.</source>
      <translation>このモデルに付属するトークナイザーを使ってください。</translation>
    </message>
    <message>
      <source>Wait until that has ended.</source>
      <translation>それが終わるまでお待ちください。</translation>
    </message>
    <message>
      <source>What was pasted is not a token.</source>
      <translation>貼り付けられたものはトークンではありません。</translation>
    </message>
    <message>
      <source>Write a message first.</source>
      <translation>先にメッセージを入力してください。</translation>
    </message>
    <message>
      <source>Write a message that asks for more.</source>
      <translation>続きを頼むメッセージを書いてください。</translation>
    </message>
    <message>
      <source>Write it again to have a script of it.</source>
      <translation>再生成すると、スクリプトを作れます。</translation>
    </message>
    <message>
      <source>Write its whole name.</source>
      <translation>名前を最後まで書いてください。</translation>
    </message>
    <message>
      <source>Write the model's name.</source>
      <translation>モデル名を入力してください。</translation>
    </message>
    <message>
      <source>config.json is missing in {folder}.</source>
      <translation>{folder} に config.json がありません。</translation>
    </message>
    <message>
      <source>it asks for tables of {size} GB beside the weights</source>
      <translation>重みのほかに {size} GB の表を求めています</translation>
    </message>
    <message>
      <source>it counts too far</source>
      <translation>数が大きすぎます</translation>
    </message>
    <message>
      <source>it is longer than {count} characters</source>
      <translation>{count} 文字を超えています</translation>
    </message>
    <message>
      <source>it is not a file</source>
      <translation>ファイルではありません</translation>
    </message>
    <message>
      <source>it is not there</source>
      <translation>見つかりません</translation>
    </message>
    <message>
      <source>it ran for more than {seconds} s</source>
      <translation>{seconds} 秒を超えて動いていました</translation>
    </message>
    <message>
      <source>it sends {length} bytes instead of {size}</source>
      <translation>{size} バイトのはずが {length} バイトです</translation>
    </message>
    <message>
      <source>it tells of an error</source>
      <translation>エラーが伝えられました</translation>
    </message>
    <message>
      <source>it writes too much</source>
      <translation>書き出す量が多すぎます</translation>
    </message>
    <message>
      <source>its answer has no end</source>
      <translation>返答が終わりません</translation>
    </message>
    <message>
      <source>its answer is not JSON</source>
      <translation>返答が JSON ではありません</translation>
    </message>
    <message>
      <source>its answer was not understood</source>
      <translation>返答を解釈できません</translation>
    </message>
    <message>
      <source>its link leads in a circle</source>
      <translation>リンクが循環しています</translation>
    </message>
    <message>
      <source>its link leads out of the folder</source>
      <translation>リンクがフォルダーの外を指しています</translation>
    </message>
    <message>
      <source>no data for {seconds} s</source>
      <translation>{seconds} 秒間データが届きません</translation>
    </message>
    <message>
      <source>no model can be built from it</source>
      <translation>これではモデルを組み立てられません</translation>
    </message>
    <message>
      <source>nobody listens at the server's address</source>
      <translation>サーバーのアドレスで応答がありません</translation>
    </message>
    <message>
      <source>the bytes were repacked on the way</source>
      <translation>途中でデータが変換されました</translation>
    </message>
    <message>
      <source>the connection was cut</source>
      <translation>接続が切れました</translation>
    </message>
    <message>
      <source>the drive does not answer</source>
      <translation>ドライブが応答しません</translation>
    </message>
    <message>
      <source>the file has changed</source>
      <translation>ファイルが変更されています</translation>
    </message>
    <message>
      <source>the link's signature ran out</source>
      <translation>リンクの署名の期限が切れました</translation>
    </message>
    <message>
      <source>the server asks to wait</source>
      <translation>サーバーが待つように求めています</translation>
    </message>
    <message>
      <source>the server has trouble, error {status}</source>
      <translation>サーバー側の障害、エラー {status} です</translation>
    </message>
    <message>
      <source>the server says {status}</source>
      <translation>サーバーの返答は {status} です</translation>
    </message>
    <message>
      <source>the server sends another part of the file</source>
      <translation>ファイルの別の部分が届いています</translation>
    </message>
    <message>
      <source>the server sends us on too often</source>
      <translation>サーバーの転送が多すぎます</translation>
    </message>
    <message>
      <source>the server takes too long</source>
      <translation>サーバーの応答に時間がかかりすぎています</translation>
    </message>
    <message>
      <source>the server's address is not known here</source>
      <translation>サーバーのアドレスが見つかりません</translation>
    </message>
    <message>
      <source>the system refuses it</source>
      <translation>システムが拒否しました</translation>
    </message>
    <message>
      <source>there is no permission</source>
      <translation>権限がありません</translation>
    </message>
    <message>
      <source>{address} is not an address of this computer.</source>
      <translation>{address} はこのコンピューターのアドレスではありません。</translation>
    </message>
    <message>
      <source>{asked} parameters, but weights for {held}</source>
      <translation>パラメーターは {asked} なのに、重みは {held} 個分です</translation>
    </message>
    <message>
      <source>{base} is not here; download it first.</source>
      <translation>{base} がここにありません。先にダウンロードしてください。</translation>
    </message>
    <message>
      <source>{bits} bits run only on the CPU and on NVIDIA cards from 2020 on.</source>
      <translation>{bits} ビットは CPU と、2020 年以降の NVIDIA カードだけで動きます。</translation>
    </message>
    <message>
      <source>{count} parts that are no text (pictures, files, tool calls) are left out.</source>
      <translation>文字でない部分(画像、ファイル、ツール呼び出し){count} 個は取り込みません。</translation>
    </message>
    <message>
      <source>{count} weights do not fit config.json (first: {name}).</source>
      <translation>{count} 個の重みが config.json と合いません（最初は {name}）。</translation>
    </message>
    <message>
      <source>{device} ran out of memory: {needed} GB needed, {free} GB free.</source>
      <translation>{device} のメモリが足りなくなりました。{needed} GB が必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{file} cannot be read ({why}).</source>
      <translation>{file} を読み取れません（{why}）。</translation>
    </message>
    <message>
      <source>{file} cannot be written ({why}).</source>
      <translation>{file} に書き込めません（{why}）。</translation>
    </message>
    <message>
      <source>{file} changed while it was being opened.</source>
      <translation>{file} が開いている間に変更されました。</translation>
    </message>
    <message>
      <source>{file} does not match its checksum.</source>
      <translation>{file} のチェックサムが一致しません。</translation>
    </message>
    <message>
      <source>{file} has a damaged header.</source>
      <translation>{file} のヘッダーが壊れています。</translation>
    </message>
    <message>
      <source>{file} has no heading “## User” or “## Assistant”.</source>
      <translation>{file} に見出し「## User」「## Assistant」がありません。</translation>
    </message>
    <message>
      <source>{file} holds more than {count} files.</source>
      <translation>{file} には {count} 個を超えるファイルがあります。</translation>
    </message>
    <message>
      <source>{file} holds no conversation that can be read. {why}</source>
      <translation>{file} に読める会話がありません。{why}</translation>
    </message>
    <message>
      <source>{file} holds no conversation.</source>
      <translation>{file} に会話がありません。</translation>
    </message>
    <message>
      <source>{file} holds no examples.</source>
      <translation>{file} に例がありません。</translation>
    </message>
    <message>
      <source>{file} holds no settings of ChatApp.</source>
      <translation>{file} に ChatApp の設定はありません。</translation>
    </message>
    <message>
      <source>{file} holds too many values.</source>
      <translation>{file} の値が多すぎます。</translation>
    </message>
    <message>
      <source>{file} in the archive cannot be read.</source>
      <translation>書庫の中の {file} を読めません。</translation>
    </message>
    <message>
      <source>{file} is a web page, not weights.</source>
      <translation>{file} は重みではなくウェブページです。</translation>
    </message>
    <message>
      <source>{file} is damaged.</source>
      <translation>{file} が壊れています。</translation>
    </message>
    <message>
      <source>{file} is empty.</source>
      <translation>{file} は空です。</translation>
    </message>
    <message>
      <source>{file} is incomplete ({n} of {m}).</source>
      <translation>{file} は途中までしかありません（{n} / {m}）。</translation>
    </message>
    <message>
      <source>{file} is larger than the Hub sends at once ({size} GB).</source>
      <translation>{file} は Hub が一度に送れる大きさを超えています（{size} GB）。</translation>
    </message>
    <message>
      <source>{file} is larger than {limit} MB.</source>
      <translation>{file} は {limit} MB を超えています。</translation>
    </message>
    <message>
      <source>{file} is missing.</source>
      <translation>{file} がありません。</translation>
    </message>
    <message>
      <source>{file} is no table, so it has no columns to choose.</source>
      <translation>{file} は表ではないため、列を選べません。</translation>
    </message>
    <message>
      <source>{file} is not a file.</source>
      <translation>{file} はファイルではありません。</translation>
    </message>
    <message>
      <source>{file} is not a text file.</source>
      <translation>{file} はテキストファイルではありません。</translation>
    </message>
    <message>
      <source>{file} is not a valid safetensors file ({what}).</source>
      <translation>{file} は正しい safetensors ファイルではありません（{what}）。</translation>
    </message>
    <message>
      <source>{file} is not there any more.</source>
      <translation>{file} は配布元にもうありません。</translation>
    </message>
    <message>
      <source>{file} is too large to unpack.</source>
      <translation>{file} は大きすぎて展開できません。</translation>
    </message>
    <message>
      <source>{file} needs permission from the model's owner.</source>
      <translation>{file} を取得するには、モデルの所有者の許可が必要です。</translation>
    </message>
    <message>
      <source>{fitting} tokens fit.</source>
      <translation>{fitting} トークンなら入ります。</translation>
    </message>
    <message>
      <source>{folder} holds no adapter.</source>
      <translation>{folder} にアダプターがありません。</translation>
    </message>
    <message>
      <source>{folder} holds no model.</source>
      <translation>{folder} にモデルはありません。</translation>
    </message>
    <message>
      <source>{folder} is not a folder.</source>
      <translation>{folder} はフォルダーではありません。</translation>
    </message>
    <message>
      <source>{folder} is not empty.</source>
      <translation>{folder} は空ではありません。</translation>
    </message>
    <message>
      <source>{host} does not answer as it should ({why}).</source>
      <translation>{host} から正しい応答がありません（{why}）。</translation>
    </message>
    <message>
      <source>{host} does not answer through the proxy {proxy} ({why}).</source>
      <translation>プロキシ {proxy} を通した {host} から応答がありません（{why}）。</translation>
    </message>
    <message>
      <source>{host} is asked too often.</source>
      <translation>{host} への要求が多すぎます。</translation>
    </message>
    <message>
      <source>{host} sends us on to an unsafe address.</source>
      <translation>{host} が安全でないアドレスへ転送しようとしました。</translation>
    </message>
    <message>
      <source>{layers} layers, and the kinds of {kinds}</source>
      <translation>層は {layers} なのに、層の種類は {kinds} あります</translation>
    </message>
    <message>
      <source>{layers} layers, but weights for {stored}</source>
      <translation>層は {layers} なのに、重みは {stored} 層分です</translation>
    </message>
    <message>
      <source>{model} has no revision {revision}.</source>
      <translation>{model} に {revision} という版はありません。</translation>
    </message>
    <message>
      <source>{model} is being downloaded by another window or command.</source>
      <translation>{model} は別のウィンドウかコマンドがダウンロードしています。</translation>
    </message>
    <message>
      <source>{model} is not the name of a model on the Hub.</source>
      <translation>{model} は Hub のモデル名ではありません。</translation>
    </message>
    <message>
      <source>{name} cannot be deleted here.</source>
      <translation>{name} はここでは削除できません。</translation>
    </message>
    <message>
      <source>{name} cannot be {value}</source>
      <translation>{name} を {value} にはできません</translation>
    </message>
    <message>
      <source>{name} could not be deleted ({why}).</source>
      <translation>{name} を削除できませんでした（{why}）。</translation>
    </message>
    <message>
      <source>{name} does not answer as it should ({why}).</source>
      <translation>{name} が正しく応答しません（{why}）。</translation>
    </message>
    <message>
      <source>{name} does not fit on the graphics card and cannot be offloaded.</source>
      <translation>{name} はグラフィックカードに収まらず、オフロードもできません。</translation>
    </message>
    <message>
      <source>{name} does not fit on the graphics card, and packed weights cannot be offloaded.</source>
      <translation>{name} はグラフィックカードに収まりません。圧縮された重みはオフロードできません。</translation>
    </message>
    <message>
      <source>{name} does not say which models it has.</source>
      <translation>{name} がモデルの一覧を返しません。</translation>
    </message>
    <message>
      <source>{name} does not tell this about its model.</source>
      <translation>{name} はモデルについてこの情報を返しません。</translation>
    </message>
    <message>
      <source>{name} ended in the middle of its answer.</source>
      <translation>{name} の回答が途中で終わりました。</translation>
    </message>
    <message>
      <source>{name} has trouble of its own ({status}).</source>
      <translation>{name} 側で問題が起きています（{status}）。</translation>
    </message>
    <message>
      <source>{name} is already there.</source>
      <translation>{name} はすでにあります。</translation>
    </message>
    <message>
      <source>{name} is asked too often.</source>
      <translation>{name} への要求が多すぎます。</translation>
    </message>
    <message>
      <source>{name} is in use.</source>
      <translation>{name} は使用中です。</translation>
    </message>
    <message>
      <source>{name} is missing or no size</source>
      <translation>{name} がないか、大きさになっていません</translation>
    </message>
    <message>
      <source>{name} is not a name for a folder.</source>
      <translation>{name} はフォルダーの名前に使えません。</translation>
    </message>
    <message>
      <source>{name} is not known here.</source>
      <translation>{name} は登録されていません。</translation>
    </message>
    <message>
      <source>{name} is not ours to delete.</source>
      <translation>{name} は ChatApp の外にあるため削除できません。</translation>
    </message>
    <message>
      <source>{name} needs {needed} GB in {folder}; {free} GB are free.</source>
      <translation>{name} には {folder} に {needed} GB が必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{name} needs {needed} GB of memory to be measured; {free} GB are free.</source>
      <translation>{name} の計測には {needed} GB のメモリが必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{name} needs {needed} GB to load; {free} GB are free.</source>
      <translation>{name} の読み込みには {needed} GB が必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{name} needs {needed} GB to train; {free} GB are free.</source>
      <translation>{name} の学習には {needed} GB 必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{name} needs {need} GB; the graphics cards and main memory together have {free} GB free.</source>
      <translation>{name} には {need} GB が必要ですが、グラフィックカードとメインメモリの空きは合わせて {free} GB です。</translation>
    </message>
    <message>
      <source>{name} reads at most {limit} tokens; {needed} were asked for.</source>
      <translation>{name} が読めるのは最大 {limit} トークンですが、{needed} トークンが求められました。</translation>
    </message>
    <message>
      <source>{name} refuses the key.</source>
      <translation>{name} がキーを受け付けません。</translation>
    </message>
    <message>
      <source>{name} refuses the request ({why}).</source>
      <translation>{name} が要求を受け付けません（{why}）。</translation>
    </message>
    <message>
      <source>{name} sends us on to another address.</source>
      <translation>{name} が別のアドレスへ転送しようとしました。</translation>
    </message>
    <message>
      <source>{name} sent something that is no answer.</source>
      <translation>{name} から回答ではないデータが届きました。</translation>
    </message>
    <message>
      <source>{need} GB are needed at {context} tokens; {free} GB are free.</source>
      <translation>{context} トークンには {need} GB が必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{need} GB are needed for tables beside the weights; {free} GB are free.</source>
      <translation>重みのほかの表に {need} GB 必要ですが、空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{need} GB are needed, {weights} GB of them for the weights; {free} GB are free.</source>
      <translation>{need} GB が必要で、そのうち {weights} GB は重みです。空きは {free} GB です。</translation>
    </message>
    <message>
      <source>{url} is not an address that ChatApp may ask.</source>
      <translation>{url} は ChatApp が接続できるアドレスではありません。</translation>
    </message>
    <message>
      <source>{why}.</source>
      <translation>{why}。</translation>
    </message>
    <message>
      <source>{words}</source>
      <translation>{words}</translation>
    </message>
  </context>
  <context>
    <name>ExampleView</name>
    <message>
      <source>Examples; what is not learned is grey</source>
      <translation>例（学習しない部分は灰色）</translation>
    </message>
    <message>
      <source>Line {line}, {count} tokens</source>
      <translation>{line} 行目、{count} トークン</translation>
    </message>
    <message>
      <source>Line {line}, {count} tokens, cut</source>
      <translation>{line} 行目、{count} トークン、切り詰め</translation>
    </message>
    <message>
      <source>Worse answer:</source>
      <translation>劣る回答:</translation>
    </message>
  </context>
  <context>
    <name>Exchanging</name>
    <message>
      <source>All chats</source>
      <translation>すべてのチャット</translation>
    </message>
    <message>
      <source>All files (*)</source>
      <translation>すべてのファイル (*)</translation>
    </message>
    <message>
      <source>Conversations ({patterns})</source>
      <translation>会話 ({patterns})</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>書き出し</translation>
    </message>
    <message>
      <source>Exported to {name}.</source>
      <translation>{name} に書き出しました。</translation>
    </message>
    <message>
      <source>Import</source>
      <translation>取り込み</translation>
    </message>
    <message>
      <source>Imported chats: {count}.</source>
      <translation>{count} 件のチャットを取り込みました。</translation>
    </message>
    <message>
      <source>Importing, {done} of {total} chats</source>
      <translation>取り込んでいます（{done} / {total} 件）</translation>
    </message>
    <message>
      <source>Kept, because you went on with them: {count}.</source>
      <translation>続きを書いた {count} 件は残しました。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>元に戻す</translation>
    </message>
  </context>
  <context>
    <name>ExportChoice</name>
    <message>
      <source>&amp;Chats</source>
      <translation>チャット(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Form</source>
      <translation>形式(&amp;F)</translation>
    </message>
    <message>
      <source>All chats</source>
      <translation>すべてのチャット</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>ChatApp JSON</source>
      <translation>ChatApp JSON</translation>
    </message>
    <message>
      <source>Choose a file</source>
      <translation>保存先を選ぶ</translation>
    </message>
    <message>
      <source>Everything: all versions, settings, figures. Can be imported.</source>
      <translation>すべての版、設定、数値を含みます。取り込めます。</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>書き出し</translation>
    </message>
    <message>
      <source>For other programs, and as training data. Can be imported.</source>
      <translation>ほかのプログラムや学習データ向けです。取り込めます。</translation>
    </message>
    <message>
      <source>Markdown</source>
      <translation>Markdown</translation>
    </message>
    <message>
      <source>One file to read, print or send.</source>
      <translation>読む、印刷する、送るための 1 つのファイルです。</translation>
    </message>
    <message>
      <source>OpenAI lines (JSONL)</source>
      <translation>OpenAI 形式 (JSONL)</translation>
    </message>
    <message>
      <source>Plain text</source>
      <translation>テキスト</translation>
    </message>
    <message>
      <source>The words alone.</source>
      <translation>言葉だけを書き出します。</translation>
    </message>
    <message>
      <source>This chat</source>
      <translation>このチャット</translation>
    </message>
    <message>
      <source>To read and to edit. Can be imported.</source>
      <translation>読む、編集するための形式です。取り込めます。</translation>
    </message>
    <message>
      <source>Web page</source>
      <translation>Web ページ</translation>
    </message>
    <message>
      <source>With the model's reasoning</source>
      <translation>モデルの思考も含める</translation>
    </message>
  </context>
  <context>
    <name>FileChip</name>
    <message>
      <source>Remove {file}</source>
      <translation>{file} を外す</translation>
    </message>
    <message>
      <source>{file}, {count} tokens</source>
      <translation>{file}、{count} トークン</translation>
    </message>
  </context>
  <context>
    <name>Filling</name>
    <message>
      <source>Waits for your choice below</source>
      <translation>下で選ぶのを待っています</translation>
    </message>
  </context>
  <context>
    <name>FindBar</name>
    <message>
      <source>Close the search</source>
      <translation>検索を閉じる</translation>
    </message>
    <message>
      <source>Empty the field</source>
      <translation>入力を消す</translation>
    </message>
    <message>
      <source>Find in this chat</source>
      <translation>このチャット内を検索</translation>
    </message>
    <message>
      <source>Not found</source>
      <translation>見つかりません</translation>
    </message>
    <message>
      <source>Searching</source>
      <translation>検索しています</translation>
    </message>
    <message>
      <source>The next one</source>
      <translation>次へ</translation>
    </message>
    <message>
      <source>The one before</source>
      <translation>前へ</translation>
    </message>
    <message>
      <source>{place} of {count}</source>
      <translation>{count} 件中 {place} 件目</translation>
    </message>
  </context>
  <context>
    <name>FindTab</name>
    <message>
      <source>Any language</source>
      <translation>すべての言語</translation>
    </message>
    <message>
      <source>Any licence</source>
      <translation>すべてのライセンス</translation>
    </message>
    <message>
      <source>Any size</source>
      <translation>すべての大きさ</translation>
    </message>
    <message>
      <source>Chinese</source>
      <translation>中国語</translation>
    </message>
    <message>
      <source>English</source>
      <translation>英語</translation>
    </message>
    <message>
      <source>Find</source>
      <translation>探す</translation>
    </message>
    <message>
      <source>Fits here</source>
      <translation>メモリに入るもの</translation>
    </message>
    <message>
      <source>Found, but too big for this computer: {count}.</source>
      <translation>見つかりましたが、このコンピューターには大きすぎます: {count} 件</translation>
    </message>
    <message>
      <source>Found, but whether they fit is not known: {count}.</source>
      <translation>見つかりましたが、入るかどうか分かりません: {count} 件</translation>
    </message>
    <message>
      <source>French</source>
      <translation>フランス語</translation>
    </message>
    <message>
      <source>German</source>
      <translation>ドイツ語</translation>
    </message>
    <message>
      <source>Japanese</source>
      <translation>日本語</translation>
    </message>
    <message>
      <source>Korean</source>
      <translation>韓国語</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>言語</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>ライセンス</translation>
    </message>
    <message>
      <source>Models on the Hub</source>
      <translation>Hub のモデル</translation>
    </message>
    <message>
      <source>Nothing was found.</source>
      <translation>見つかりませんでした。</translation>
    </message>
    <message>
      <source>Only a click on Download brings anything to this computer.</source>
      <translation>「ダウンロード」を押すまで、何もこのコンピューターに届きません。</translation>
    </message>
    <message>
      <source>Portuguese</source>
      <translation>ポルトガル語</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>検索</translation>
    </message>
    <message>
      <source>Search needs the internet. Models that work without it: {count}.</source>
      <translation>検索にはインターネットが必要です。なくても使えるモデル: {count} 個。</translation>
    </message>
    <message>
      <source>Search the Hugging Face Hub</source>
      <translation>Hugging Face Hub を検索</translation>
    </message>
    <message>
      <source>Searching…</source>
      <translation>検索しています…</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大きさ</translation>
    </message>
    <message>
      <source>Spanish</source>
      <translation>スペイン語</translation>
    </message>
    <message>
      <source>Text only</source>
      <translation>文章のみ</translation>
    </message>
    <message>
      <source>Up to {count} billion</source>
      <translation>{count}B まで</translation>
    </message>
    <message>
      <source>Without terms</source>
      <translation>同意不要のもの</translation>
    </message>
    <message>
      <source>with terms</source>
      <translation>同意が必要</translation>
    </message>
  </context>
  <context>
    <name>FitTable</name>
    <message>
      <source>Apple, {count} GB shared</source>
      <translation>Apple、共有 {count} GB</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>コンテキスト</translation>
    </message>
    <message>
      <source>Estimated. {device} has {free} for a model when nothing else is on it.</source>
      <translation>見積もりです。ほかに何も載っていなければ、{device} にはモデル用に {free} あります。</translation>
    </message>
    <message>
      <source>Estimated. {device} has {free} for a model when the present one is unloaded.</source>
      <translation>見積もりです。今のモデルを解放したときの空き（{device}）: {free}。</translation>
    </message>
    <message>
      <source>In {precision} it does not fit at any context.</source>
      <translation>{precision}では、どのコンテキスト長でも入りません。</translation>
    </message>
    <message>
      <source>In {precision} its whole context fits: {count} tokens.</source>
      <translation>{precision}では、コンテキスト全体（{count} トークン）が入ります。</translation>
    </message>
    <message>
      <source>Keep this precision for this model, and load it</source>
      <translation>このモデルの精度として保存し、読み込みます</translation>
    </message>
    <message>
      <source>Load as bf16</source>
      <translation>bf16 で読み込む</translation>
    </message>
    <message>
      <source>Load as fp32</source>
      <translation>fp32 で読み込む</translation>
    </message>
    <message>
      <source>Load in 4 bits</source>
      <translation>4 ビットで読み込む</translation>
    </message>
    <message>
      <source>Load in 8 bits</source>
      <translation>8 ビットで読み込む</translation>
    </message>
    <message>
      <source>Memory is told in GB of 2³⁰ bytes, the size of files in GB of 10⁹.</source>
      <translation>メモリの GB は 2³⁰ バイト、ファイルの GB は 10⁹ バイトです。</translation>
    </message>
    <message>
      <source>On this computer</source>
      <translation>このコンピューター</translation>
    </message>
    <message>
      <source>On which card</source>
      <translation>どのカードで</translation>
    </message>
    <message>
      <source>The largest context that fits in {precision}: {count} tokens.</source>
      <translation>{precision}で入る最大のコンテキスト: {count} トークン</translation>
    </message>
    <message>
      <source>This computer</source>
      <translation>このコンピューター</translation>
    </message>
    <message>
      <source>{precision}, {count} tokens: weights {weights}, KV cache {kv_cache}, work {workspace}, libraries {runtime}; together {total}.</source>
      <translation>{precision}、{count} トークン: 重み {weights}、KV キャッシュ {kv_cache}、作業 {workspace}、ライブラリ {runtime}、合計 {total}。</translation>
    </message>
    <message>
      <source>{precision}, {count} tokens: {word}, {size}</source>
      <translation>{precision}、{count} トークン: {word}、{size}</translation>
    </message>
  </context>
  <context>
    <name>FullNotice</name>
    <message>
      <source>Do not answer</source>
      <translation>答えない</translation>
    </message>
    <message>
      <source>Larger context…</source>
      <translation>コンテキストを広げる…</translation>
    </message>
    <message>
      <source>Leave out the oldest message</source>
      <translation>最も古いメッセージを除く</translation>
    </message>
    <message>
      <source>Leave out the oldest {count} messages</source>
      <translation>古いメッセージ {count} 件を除く</translation>
    </message>
    <message>
      <source>Nothing is left out, and long chats are not answered</source>
      <translation>何も除きません。長すぎるチャットには答えません</translation>
    </message>
    <message>
      <source>Nothing is left out; needs more memory and a reload</source>
      <translation>何も除きません。メモリが多く必要で、再読み込みします</translation>
    </message>
    <message>
      <source>The context is full</source>
      <translation>コンテキストがいっぱいです</translation>
    </message>
    <message>
      <source>This chat has become too long: {needed} tokens, and {limit} fit. What you choose is kept for this chat.</source>
      <translation>このチャットは長くなりすぎました。{needed} トークンあり、入るのは {limit} です。選んだことはこのチャットで使い続けます。</translation>
    </message>
    <message>
      <source>{left} tokens are left. You still see all of it; the model does not.</source>
      <translation>{left} トークンが残ります。画面では全部見えますが、モデルには見えません。</translation>
    </message>
  </context>
  <context>
    <name>Gauge</name>
    <message>
      <source>API :{port}</source>
      <translation>API :{port}</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>デバイス</translation>
    </message>
    <message>
      <source>Idle</source>
      <translation>待機中</translation>
    </message>
    <message>
      <source>Load of the last 60 seconds</source>
      <translation>直近 60 秒間の使用率</translation>
    </message>
    <message>
      <source>Loading</source>
      <translation>読み込み中</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>メモリ</translation>
    </message>
    <message>
      <source>RAM {amounts}</source>
      <translation>RAM {amounts}</translation>
    </message>
    <message>
      <source>Reading the prompt</source>
      <translation>入力を読み取り中</translation>
    </message>
    <message>
      <source>The API is on: programs on this computer can use the model.</source>
      <translation>API がオンです。このコンピューターのプログラムがモデルを使えます。</translation>
    </message>
    <message>
      <source>This program: {amount} GB</source>
      <translation>このプログラム：{amount} GB</translation>
    </message>
    <message>
      <source>Training</source>
      <translation>学習中</translation>
    </message>
    <message>
      <source>Where the memory is</source>
      <translation>メモリの内訳</translation>
    </message>
    <message>
      <source>Writing</source>
      <translation>回答中</translation>
    </message>
    <message>
      <source>load {percent} %</source>
      <translation>使用率 {percent} %</translation>
    </message>
    <message>
      <source>load: no reading</source>
      <translation>使用率：測定不可</translation>
    </message>
    <message>
      <source>memory {amounts}</source>
      <translation>メモリ {amounts}</translation>
    </message>
    <message>
      <source>memory: no reading</source>
      <translation>メモリ：測定不可</translation>
    </message>
    <message>
      <source>reading…</source>
      <translation>測定中…</translation>
    </message>
    <message>
      <source>{speed} = {percent} % of the limit</source>
      <translation>{speed}（限界の {percent} %）</translation>
    </message>
    <message>
      <source>{speed} tok/s</source>
      <translation>{speed} tok/s</translation>
    </message>
  </context>
  <context>
    <name>Halves</name>
    <message>
      <source>Back to the list</source>
      <translation>一覧に戻る</translation>
    </message>
  </context>
  <context>
    <name>Help</name>
    <message>
      <source>Close</source>
      <translation>閉じる</translation>
    </message>
  </context>
  <context>
    <name>HitRows</name>
    <message>
      <source>Answer</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>Archived, {day}</source>
      <translation>アーカイブ、{day}</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>You</source>
      <translation>あなた</translation>
    </message>
  </context>
  <context>
    <name>ImportSummary</name>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Chats in the file</source>
      <translation>ファイルの中のチャット</translation>
    </message>
    <message>
      <source>Could not be read: {count}</source>
      <translation>読めなかったもの: {count}</translation>
    </message>
    <message>
      <source>Import</source>
      <translation>取り込む</translation>
    </message>
    <message>
      <source>Leave out what is here already: {count}</source>
      <translation>すでにあるものを除く: {count}</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>What could not be read</source>
      <translation>読めなかったもの</translation>
    </message>
    <message>
      <source>Will be added: {chats} chats, {messages} messages</source>
      <translation>追加されるもの: チャット {chats} 件、メッセージ {messages} 件</translation>
    </message>
    <message>
      <source>and {count} more</source>
      <translation>ほか {count} 件</translation>
    </message>
  </context>
  <context>
    <name>Inspecting</name>
    <message>
      <source>Close what stands in the answer's place first.</source>
      <translation>先に、回答の位置に開いているものを閉じてください。</translation>
    </message>
    <message>
      <source>Its tokens come when the answer is finished.</source>
      <translation>回答が終わるとトークンを表示します。</translation>
    </message>
    <message>
      <source>Scored again by {name}.</source>
      <translation>{name} が改めて採点しました。</translation>
    </message>
    <message>
      <source>Scoring the answer, {n} %</source>
      <translation>回答を採点しています… {n} %</translation>
    </message>
    <message>
      <source>Scoring the answer…</source>
      <translation>回答を採点しています…</translation>
    </message>
    <message>
      <source>The model that is loaded can score it when nothing is written.</source>
      <translation>回答の生成が終わると、読み込まれているモデルで採点できます。</translation>
    </message>
    <message>
      <source>There is no answer to look at yet.</source>
      <translation>調べる回答がまだありません。</translation>
    </message>
    <message>
      <source>This answer has no text.</source>
      <translation>この回答には文章がありません。</translation>
    </message>
    <message>
      <source>Told while the answer was written.</source>
      <translation>回答の生成時に記録した値です。</translation>
    </message>
  </context>
  <context>
    <name>Inspector</name>
    <message>
      <source>A new version: the answer up to here, this word, and what follows from it.</source>
      <translation>新しい版を作ります。ここまでの回答にこの語を続け、その先を書き直します。</translation>
    </message>
    <message>
      <source>Go on from here with this word</source>
      <translation>ここからこの語で続ける</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Now</source>
      <translation>現在</translation>
    </message>
    <message>
      <source>The next token</source>
      <translation>次のトークン</translation>
    </message>
    <message>
      <source>The stronger the ground, the less sure the model was; small numbers: percent.</source>
      <translation>背景が濃いほどモデルの確信は低くなります。小さな数字は確率 (%) です。</translation>
    </message>
    <message>
      <source>The token before</source>
      <translation>前のトークン</translation>
    </message>
    <message>
      <source>Token {number} of {count}</source>
      <translation>トークン {number} / {count}</translation>
    </message>
    <message>
      <source>What could have stood there</source>
      <translation>ここに来る可能性があった語</translation>
    </message>
    <message>
      <source>Word</source>
      <translation>語</translation>
    </message>
    <message>
      <source>cut by {filter}</source>
      <translation>{filter} で除外</translation>
    </message>
    <message>
      <source>id {id}</source>
      <translation>ID {id}</translation>
    </message>
    <message>
      <source>id {id}  ·  model {own}  ·  as set now: {now}</source>
      <translation>ID {id}  ·  モデル {own}  ·  現在の設定では {now}</translation>
    </message>
    <message>
      <source>{filter} {value} cut</source>
      <translation>{filter} {value} により除外</translation>
    </message>
    <message>
      <source>{filter} {value} ended here</source>
      <translation>{filter} {value} はここまで</translation>
    </message>
  </context>
  <context>
    <name>Jump</name>
    <message>
      <source>Jump to latest</source>
      <translation>最新へ移動</translation>
    </message>
  </context>
  <context>
    <name>Keys</name>
    <message>
      <source>Hold Ctrl or Alt, or take a function key: others write letters.</source>
      <translation>Ctrl か Alt と一緒に押すか、ファンクションキーを使ってください。ほかのキーは文字の入力に使います。</translation>
    </message>
    <message>
      <source>New line in the message</source>
      <translation>メッセージで改行</translation>
    </message>
    <message>
      <source>Send the message</source>
      <translation>メッセージを送信</translation>
    </message>
    <message>
      <source>These keys are needed where text is written.</source>
      <translation>このキーは文字の編集に必要です。</translation>
    </message>
    <message>
      <source>These keys belong to the system or to input methods.</source>
      <translation>このキーはシステムか入力メソッドが使います。</translation>
    </message>
    <message>
      <source>{keys} belongs to “{action}”. Give that one other keys first.</source>
      <translation>{keys} は「{action}」が使っています。先にそちらを変えてください。</translation>
    </message>
  </context>
  <context>
    <name>KnobRow</name>
    <message>
      <source>Reset “{name}”</source>
      <translation>「{name}」を初期値に戻す</translation>
    </message>
    <message>
      <source>changed</source>
      <translation>変更済み</translation>
    </message>
    <message>
      <source>kept for this model</source>
      <translation>このモデル用</translation>
    </message>
    <message>
      <source>model default</source>
      <translation>モデルの既定</translation>
    </message>
    <message>
      <source>preset</source>
      <translation>プリセット</translation>
    </message>
    <message>
      <source>random</source>
      <translation>ランダム</translation>
    </message>
  </context>
  <context>
    <name>Knobs</name>
    <message>
      <source>%</source>
      <translation>%</translation>
    </message>
    <message>
      <source>16 bits are faster and need less memory; weights that learn stay in 32 bits.</source>
      <translation>16 ビットは速く、メモリも少なくて済みます。学習する重みは 32 ビットのままです。</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>アドレス</translation>
    </message>
    <message>
      <source>After so many checks without a better one. 0 = never.</source>
      <translation>この回数だけ確認しても良くならなければ終わります。0 = 終わらない。</translation>
    </message>
    <message>
      <source>Alpha</source>
      <translation>アルファ</translation>
    </message>
    <message>
      <source>An adapter: small, can be switched off. All weights. Scratch: a new model of your text.</source>
      <translation>アダプター: 小さく、切ることもできます。すべての重み。最初から: あなたの文章から新しいモデルを作ります。</translation>
    </message>
    <message>
      <source>Anchor</source>
      <translation>アンカー</translation>
    </message>
    <message>
      <source>Answer length</source>
      <translation>回答の長さ</translation>
    </message>
    <message>
      <source>Answers of its own that the model learns beside yours, so that it forgets nothing else. Percent of your examples, as far as there are questions; 0 = none. Not with pairs.</source>
      <translation>ほかのことを忘れないように、あなたの例と並べて学び直す、モデル自身の回答です。質問がある限り、例の数に対する割合（％）で、0 = なし。回答の組では使いません。</translation>
    </message>
    <message>
      <source>Answers, or pairs of a better and a worse one, which need an adapter. Auto: as the data is.</source>
      <translation>回答から、または良い回答と劣る回答の組から学びます（組にはアダプターが必要です）。自動: データに合わせます。</translation>
    </message>
    <message>
      <source>Ask me, forget the oldest turns, or stop and say so.</source>
      <translation>たずねるか、古いやり取りから忘れるか、答えずに知らせます。</translation>
    </message>
    <message>
      <source>At most 8 lines of 64 characters each. What was right before still counts.</source>
      <translation>1 行 64 文字まで、8 行までです。それまでの正しい内容が有効です。</translation>
    </message>
    <message>
      <source>Auto: layers that do not fit on the graphics card go to other cards, then to main memory. The model answers, but each of them takes much time for every word.</source>
      <translation>「自動」では、グラフィックカードに収まらない層を、ほかのカード、次にメインメモリに置きます。モデルは答えますが、そうした層は 1 語ごとに長い時間がかかります。</translation>
    </message>
    <message>
      <source>Batch</source>
      <translation>バッチ</translation>
    </message>
    <message>
      <source>Beta</source>
      <translation>ベータ</translation>
    </message>
    <message>
      <source>Candidates</source>
      <translation>候補の数</translation>
    </message>
    <message>
      <source>Check every</source>
      <translation>確認の間隔</translation>
    </message>
    <message>
      <source>Clip</source>
      <translation>クリップ</translation>
    </message>
    <message>
      <source>Colours</source>
      <translation>配色</translation>
    </message>
    <message>
      <source>Compute parts twice instead of keeping them: about a third slower, far less memory.</source>
      <translation>途中の値を保存せずに計算し直します。3 分の 1 ほど遅くなりますが、メモリは大幅に減ります。</translation>
    </message>
    <message>
      <source>Context length</source>
      <translation>コンテキスト長</translation>
    </message>
    <message>
      <source>Conversation</source>
      <translation>会話</translation>
    </message>
    <message>
      <source>Cosine: smaller and smaller steps towards the end.</source>
      <translation>コサイン: 終わりに向けて歩幅を小さくしていきます。</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>デバイス</translation>
    </message>
    <message>
      <source>Drop words much less likely than the best one. 0 = off.</source>
      <translation>最有力の語よりずっと確率の低い語を除きます。0 で無効です。</translation>
    </message>
    <message>
      <source>Dropout</source>
      <translation>ドロップアウト</translation>
    </message>
    <message>
      <source>End when the answer contains one of these, one a line. \n stands for a line break.</source>
      <translation>回答にこれらのどれかが現れたら終わります。1 行に 1 つずつ書きます。\n は改行を表します。</translation>
    </message>
    <message>
      <source>Epochs</source>
      <translation>エポック</translation>
    </message>
    <message>
      <source>Examples learned from in one step.</source>
      <translation>1 ステップで学ぶ例の数です。</translation>
    </message>
    <message>
      <source>Fewer bits: less memory, faster, a little less exact.</source>
      <translation>ビット数が少ないほど、メモリが減って速くなりますが、少し粗くなります。</translation>
    </message>
    <message>
      <source>Figures below an answer</source>
      <translation>回答の下の数値</translation>
    </message>
    <message>
      <source>Frequency penalty</source>
      <translation>頻度ペナルティ</translation>
    </message>
    <message>
      <source>Held out</source>
      <translation>検証用</translation>
    </message>
    <message>
      <source>How far each step goes. Too high: the loss jumps. Too low: nothing is learned.</source>
      <translation>1 ステップの歩幅です。高すぎると損失が跳ね、低すぎると何も学びません。</translation>
    </message>
    <message>
      <source>How many steps to train. 0 = by epochs.</source>
      <translation>学習するステップ数です。0 = エポックで決めます。</translation>
    </message>
    <message>
      <source>How much an adapter can hold.</source>
      <translation>アダプターが覚えられる量です。</translation>
    </message>
    <message>
      <source>How much of the conversation the model can see, in tokens. The model's own maximum still applies.</source>
      <translation>モデルが会話をどこまで見られるかを、トークン数で決めます。モデル自身の上限は超えられません。</translation>
    </message>
    <message>
      <source>How often each example is seen, unless steps are given.</source>
      <translation>それぞれの例を見る回数です。ステップ数を決めた場合は使いません。</translation>
    </message>
    <message>
      <source>How strongly an adapter acts: alpha divided by rank.</source>
      <translation>アダプターの効きの強さです。アルファ÷ランクです。</translation>
    </message>
    <message>
      <source>In tokens; what is longer is cut, and counted.</source>
      <translation>トークン数です。長い部分は切り、数を知らせます。</translation>
    </message>
    <message>
      <source>Its size and place.</source>
      <translation>大きさと位置です。</translation>
    </message>
    <message>
      <source>Keep at most this many words. 0 = off.</source>
      <translation>候補の語をこの数までに絞ります。0 で無効です。</translation>
    </message>
    <message>
      <source>Keep the likeliest words that add up to this share. 1 = off.</source>
      <translation>確率の高い順に、合計がこの割合になるまでの語を残します。1 で無効です。</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>言語</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>層</translation>
    </message>
    <message>
      <source>Learn from</source>
      <translation>学び方</translation>
    </message>
    <message>
      <source>Learning rate</source>
      <translation>学習率</translation>
    </message>
    <message>
      <source>Light or dark.</source>
      <translation>ライトかダークかを選びます。</translation>
    </message>
    <message>
      <source>Longest example</source>
      <translation>最長の例</translation>
    </message>
    <message>
      <source>Low: the likeliest words. High: more surprising. 0: always the same.</source>
      <translation>低いほど確実な語を、高いほど意外な語を選びます。0 なら毎回同じ回答です。</translation>
    </message>
    <message>
      <source>Lowers a word each time the answer uses it. 0 = off.</source>
      <translation>回答で使われるたびに、その語を選びにくくします。0 でオフです。</translation>
    </message>
    <message>
      <source>Makes words that already appeared less likely. 1 = off.</source>
      <translation>すでに出た語を出にくくします。1 で無効です。</translation>
    </message>
    <message>
      <source>Min-p</source>
      <translation>Min-p</translation>
    </message>
    <message>
      <source>Minutes without an answer after which the model gives its memory back; the next message loads it again. 0 = never.</source>
      <translation>回答のない時間がこの分数を超えると、モデルのメモリを解放します。次のメッセージでまた読み込みます。0 = 解放しません。</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名前</translation>
    </message>
    <message>
      <source>Next word</source>
      <translation>次の語</translation>
    </message>
    <message>
      <source>Notifications</source>
      <translation>通知</translation>
    </message>
    <message>
      <source>Nudges towards new topics: lowers every word that the answer has used. 0 = off.</source>
      <translation>新しい話題に向かわせます。回答で一度使った語を選びにくくします。0 でオフです。</translation>
    </message>
    <message>
      <source>Of a batch, packed into rows: fewer need less memory, and the result stays the same.</source>
      <translation>バッチを詰めた行のうち、一度に読む数です。少ないほどメモリが減り、結果は変わりません。</translation>
    </message>
    <message>
      <source>Of a model from scratch.</source>
      <translation>最初から作るモデルのものです。</translation>
    </message>
    <message>
      <source>Of a model from scratch: how many pieces of words it knows.</source>
      <translation>最初から作るモデルが知る、言葉の断片の数です。</translation>
    </message>
    <message>
      <source>Of pairs: how closely the model stays to what it was. Small: it moves further.</source>
      <translation>組の場合: 元のモデルからどれだけ離れないか。小さいほど大きく変わります。</translation>
    </message>
    <message>
      <source>Of pairs: how much the better answer is also learned as it stands. 0 = only that it is better.</source>
      <translation>組の場合: 良い回答そのものをどれだけ学ぶか。0 = 良いということだけを学びます。</translation>
    </message>
    <message>
      <source>Of the conversation, in percent.</source>
      <translation>会話の文字の大きさ (%)。</translation>
    </message>
    <message>
      <source>Of the model elsewhere.</source>
      <translation>外部のモデルのものです。</translation>
    </message>
    <message>
      <source>Offline</source>
      <translation>オフライン</translation>
    </message>
    <message>
      <source>Offload</source>
      <translation>オフロード</translation>
    </message>
    <message>
      <source>On: nothing is asked of the Hugging Face Hub or of a model elsewhere. The models on this computer work.</source>
      <translation>オンの間は、Hugging Face Hub にも他の場所のモデルにも接続しません。このコンピューターのモデルは使えます。</translation>
    </message>
    <message>
      <source>Panes</source>
      <translation>区画</translation>
    </message>
    <message>
      <source>Percent of the examples that are only measured, never learned. Of fewer than 60: none.</source>
      <translation>学習せず測るだけに使う例の割合 (%) です。60 件未満のときは使いません。</translation>
    </message>
    <message>
      <source>Percent of the steps in which the rate rises.</source>
      <translation>学習率を上げていくステップの割合 (%) です。</translation>
    </message>
    <message>
      <source>Port</source>
      <translation>ポート</translation>
    </message>
    <message>
      <source>Precision</source>
      <translation>精度</translation>
    </message>
    <message>
      <source>Precision of training</source>
      <translation>学習の精度</translation>
    </message>
    <message>
      <source>Presence penalty</source>
      <translation>再出現ペナルティ</translation>
    </message>
    <message>
      <source>Preset</source>
      <translation>プリセット</translation>
    </message>
    <message>
      <source>Processor cores that compute when the model runs on the CPU. 0 = all of them, or one for a tiny model.</source>
      <translation>モデルが CPU で動くときに計算するコアの数です。0 = すべて（ごく小さいモデルでは 1 つ）。</translation>
    </message>
    <message>
      <source>Pulls large weights back a little.</source>
      <translation>大きな重みを少し引き戻します。</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>ランク</translation>
    </message>
    <message>
      <source>Reasoning</source>
      <translation>思考の過程</translation>
    </message>
    <message>
      <source>Remember</source>
      <translation>忘れない</translation>
    </message>
    <message>
      <source>Repetition penalty</source>
      <translation>繰り返しペナルティ</translation>
    </message>
    <message>
      <source>Rows at once</source>
      <translation>同時に読む行数</translation>
    </message>
    <message>
      <source>Same seed, same data, same machine: same result.</source>
      <translation>同じシード、同じデータ、同じコンピューターなら、同じ結果になります。</translation>
    </message>
    <message>
      <source>Same seed, same settings, same machine: same answer. -1 = a new one each time.</source>
      <translation>シードと設定とコンピューターが同じなら、回答も同じになります。-1 なら毎回変わります。</translation>
    </message>
    <message>
      <source>Sample every</source>
      <translation>サンプルの間隔</translation>
    </message>
    <message>
      <source>Sample question</source>
      <translation>サンプルの質問</translation>
    </message>
    <message>
      <source>Save memory</source>
      <translation>メモリを節約</translation>
    </message>
    <message>
      <source>Schedule</source>
      <translation>学習率の推移</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>シード</translation>
    </message>
    <message>
      <source>Seed of training</source>
      <translation>学習のシード</translation>
    </message>
    <message>
      <source>Sending</source>
      <translation>送信</translation>
    </message>
    <message>
      <source>Several answers at once, to choose from.</source>
      <translation>一度にいくつかの回答を作り、選べるようにします。</translation>
    </message>
    <message>
      <source>Share of what layers pass on that is left out at random, against learning by heart.</source>
      <translation>層が次へ渡す値のうち、無作為に省く割合です。丸暗記を防ぎます。</translation>
    </message>
    <message>
      <source>Steps</source>
      <translation>ステップ数</translation>
    </message>
    <message>
      <source>Steps from one look at the held-out examples to the next.</source>
      <translation>検証用の例を確かめるステップの間隔です。</translation>
    </message>
    <message>
      <source>Steps from one sample answer to the next. 0 = none.</source>
      <translation>サンプル回答を書くステップの間隔です。0 = なし。</translation>
    </message>
    <message>
      <source>Stop early</source>
      <translation>早めに終了</translation>
    </message>
    <message>
      <source>Stop strings</source>
      <translation>停止文字列</translation>
    </message>
    <message>
      <source>Temperature</source>
      <translation>温度</translation>
    </message>
    <message>
      <source>Text size</source>
      <translation>文字の大きさ</translation>
    </message>
    <message>
      <source>The keys that send a message. Shift+Enter makes a new line in any case.</source>
      <translation>メッセージを送信するキーです。Shift+Enter はいつも改行します。</translation>
    </message>
    <message>
      <source>The language of the window.</source>
      <translation>ウィンドウの表示言語です。</translation>
    </message>
    <message>
      <source>The largest gradient norm; longer ones are cut.</source>
      <translation>勾配の長さの上限です。長いものは切り詰めます。</translation>
    </message>
    <message>
      <source>The longest answer, in tokens. 100 tokens are about 75 English words.</source>
      <translation>回答の最大の長さ（トークン数）です。100 トークンは英語で約 75 語です。</translation>
    </message>
    <message>
      <source>The model that was used last.</source>
      <translation>最後に使ったモデルです。</translation>
    </message>
    <message>
      <source>The one that new chats begin with.</source>
      <translation>新しいチャットが最初に使うものです。</translation>
    </message>
    <message>
      <source>The one that was open.</source>
      <translation>最後に開いていた会話です。</translation>
    </message>
    <message>
      <source>Their sizes.</source>
      <translation>区画の大きさです。</translation>
    </message>
    <message>
      <source>Think before answering: slower, often better. Auto is the model's own way.</source>
      <translation>答える前に考えさせます。遅くなりますが、良くなることが多いです。自動ではモデルに任せます。</translation>
    </message>
    <message>
      <source>Thinking</source>
      <translation>思考</translation>
    </message>
    <message>
      <source>Threads</source>
      <translation>スレッド数</translation>
    </message>
    <message>
      <source>Token bias</source>
      <translation>トークンの加点</translation>
    </message>
    <message>
      <source>Token ids and what is added to their scores: 42:-100, 7:1.5.</source>
      <translation>トークンの ID と、その点数に足す値です: 42:-100, 7:1.5。</translation>
    </message>
    <message>
      <source>Tokens, speed and seed. Why an answer was cut short is told in any case.</source>
      <translation>トークン数、速度、シードなどです。回答が途中で終わった理由はいつも表示します。</translation>
    </message>
    <message>
      <source>Top-k</source>
      <translation>Top-k</translation>
    </message>
    <message>
      <source>Top-p</source>
      <translation>Top-p</translation>
    </message>
    <message>
      <source>Unload after</source>
      <translation>自動で解放するまで</translation>
    </message>
    <message>
      <source>Vocabulary</source>
      <translation>語彙</translation>
    </message>
    <message>
      <source>Warm-up</source>
      <translation>ウォームアップ</translation>
    </message>
    <message>
      <source>Weight decay</source>
      <translation>重み減衰</translation>
    </message>
    <message>
      <source>What a model thinks before it answers: folded until you open it, or open from the start.</source>
      <translation>モデルが回答の前に考えた内容です。開くまで折りたたむか、最初から開いておくかを選びます。</translation>
    </message>
    <message>
      <source>What each sample answers; empty = a held-out question.</source>
      <translation>サンプルで答える質問です。空 = 検証用の質問。</translation>
    </message>
    <message>
      <source>What to train</source>
      <translation>学習するもの</translation>
    </message>
    <message>
      <source>When the context is full</source>
      <translation>コンテキストが一杯のとき</translation>
    </message>
    <message>
      <source>When the window is not in front: what took long and is finished.</source>
      <translation>ウィンドウが手前にないとき、時間のかかった処理の終了を知らせます。</translation>
    </message>
    <message>
      <source>Where other programs on this computer reach the API.</source>
      <translation>このコンピューターのほかのプログラムが API に接続するときの番号です。</translation>
    </message>
    <message>
      <source>Where the model runs. Auto takes the graphics card with the most memory when there is one; cuda:1 is the second of several.</source>
      <translation>モデルを動かす場所です。「自動」は、グラフィックカードがあればメモリが最も大きいものを使います。cuda:1 は 2 枚目のカードです。</translation>
    </message>
    <message>
      <source>Whether it is unfolded; auto = where there is room.</source>
      <translation>開いておくかどうか。auto は余裕があるときだけ開きます。</translation>
    </message>
    <message>
      <source>Width</source>
      <translation>幅</translation>
    </message>
    <message>
      <source>Window</source>
      <translation>ウィンドウ</translation>
    </message>
    <message>
      <source>adapter</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>all</source>
      <translation>すべて</translation>
    </message>
    <message>
      <source>answers</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>ask</source>
      <translation>たずねる</translation>
    </message>
    <message>
      <source>auto</source>
      <translation>自動</translation>
    </message>
    <message>
      <source>bfloat16</source>
      <translation>bfloat16</translation>
    </message>
    <message>
      <source>constant</source>
      <translation>一定</translation>
    </message>
    <message>
      <source>cosine</source>
      <translation>コサイン</translation>
    </message>
    <message>
      <source>cpu</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>ctrl+enter</source>
      <translation>Ctrl+Enter</translation>
    </message>
    <message>
      <source>cuda</source>
      <translation>CUDA</translation>
    </message>
    <message>
      <source>dark</source>
      <translation>ダーク</translation>
    </message>
    <message>
      <source>en</source>
      <translation>English</translation>
    </message>
    <message>
      <source>enter</source>
      <translation>Enter</translation>
    </message>
    <message>
      <source>float16</source>
      <translation>float16</translation>
    </message>
    <message>
      <source>float32</source>
      <translation>float32</translation>
    </message>
    <message>
      <source>folded</source>
      <translation>閉じる</translation>
    </message>
    <message>
      <source>forget</source>
      <translation>忘れる</translation>
    </message>
    <message>
      <source>int4</source>
      <translation>int4</translation>
    </message>
    <message>
      <source>int8</source>
      <translation>8 ビット</translation>
    </message>
    <message>
      <source>ja</source>
      <translation>日本語</translation>
    </message>
    <message>
      <source>light</source>
      <translation>ライト</translation>
    </message>
    <message>
      <source>min</source>
      <translation>分</translation>
    </message>
    <message>
      <source>mps</source>
      <translation>MPS</translation>
    </message>
    <message>
      <source>never</source>
      <translation>しない</translation>
    </message>
    <message>
      <source>off</source>
      <translation>オフ</translation>
    </message>
    <message>
      <source>on</source>
      <translation>オン</translation>
    </message>
    <message>
      <source>open</source>
      <translation>開く</translation>
    </message>
    <message>
      <source>pairs</source>
      <translation>組</translation>
    </message>
    <message>
      <source>scratch</source>
      <translation>最初から</translation>
    </message>
    <message>
      <source>stop</source>
      <translation>止める</translation>
    </message>
    <message>
      <source>system</source>
      <translation>システムに合わせる</translation>
    </message>
  </context>
  <context>
    <name>Leaving</name>
    <message>
      <source>A model is being trained. It can go on later, from its last saved step.</source>
      <translation>モデルを学習中です。最後に保存されたステップから、あとで再開できます。</translation>
    </message>
    <message>
      <source>A temporary chat is on no disk: it would be gone.</source>
      <translation>一時チャットはディスクに保存されていないため、失われます。</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>閉じる</translation>
    </message>
    <message>
      <source>Close ChatApp now?</source>
      <translation>ChatApp を閉じますか？</translation>
    </message>
    <message>
      <source>Stay</source>
      <translation>閉じない</translation>
    </message>
    <message>
      <source>What has come is kept, and Resume goes on later.</source>
      <translation>届いた分は残り、あとで「再開」で続けられます。</translation>
    </message>
    <message>
      <source>{count} models are being downloaded.</source>
      <translation>{count} 個のモデルをダウンロード中です。</translation>
    </message>
    <message>
      <source>{name} is being downloaded ({percent} %).</source>
      <translation>{name} をダウンロード中です（{percent} %）。</translation>
    </message>
  </context>
  <context>
    <name>LedgerPanel</name>
    <message>
      <source>A smaller precision, a shorter context or a smaller model may fit.</source>
      <translation>低い精度、短いコンテキスト、または小さいモデルなら収まるかもしれません。</translation>
    </message>
    <message>
      <source>CUDA graphs are off: it is computed by the slower way ({rung}).</source>
      <translation>CUDA グラフを使えず、遅い方法（{rung}）で計算しています。</translation>
    </message>
    <message>
      <source>Held back by heat: {percent} % of what this memory allows.</source>
      <translation>熱で抑えられています。このメモリで出せる速さの {percent} % です。</translation>
    </message>
    <message>
      <source>Held back by its power limit: {percent} % of its limit.</source>
      <translation>電力の上限で抑えられています。限界の {percent} % です。</translation>
    </message>
    <message>
      <source>KV cache</source>
      <translation>KV キャッシュ</translation>
    </message>
    <message>
      <source>No model is loaded.</source>
      <translation>モデルは読み込まれていません。</translation>
    </message>
    <message>
      <source>Offloaded from the card: {away} of {layers} layers. That sets the speed.</source>
      <translation>カードの外にある層：{layers} 層のうち {away} 層。これが速度を決めています。</translation>
    </message>
    <message>
      <source>Other programs: {told}</source>
      <translation>ほかのプログラム: {told}</translation>
    </message>
    <message>
      <source>Room for about {count} more tokens; the context ends first.</source>
      <translation>あと約 {count} トークン入ります。先にコンテキストがいっぱいになります。</translation>
    </message>
    <message>
      <source>Room for about {count} more tokens; the memory ends first.</source>
      <translation>あと約 {count} トークン入ります。先にメモリがいっぱいになります。</translation>
    </message>
    <message>
      <source>Shared with {other}: {percent} % of what this memory allows.</source>
      <translation>{other} と共有しています。このメモリで出せる速さの {percent} % です。</translation>
    </message>
    <message>
      <source>The graphics card waits for the program: {percent} % of its limit.</source>
      <translation>グラフィックカードがプログラムを待っています。限界の {percent} % です。</translation>
    </message>
    <message>
      <source>The last two minutes: load as a line, memory as dashes</source>
      <translation>直近 2 分間の使用率（実線）とメモリ（破線）</translation>
    </message>
    <message>
      <source>The memory cannot be read.</source>
      <translation>メモリを読み取れません。</translation>
    </message>
    <message>
      <source>This computer</source>
      <translation>このコンピューター</translation>
    </message>
    <message>
      <source>Where the memory is</source>
      <translation>メモリの内訳</translation>
    </message>
    <message>
      <source>free</source>
      <translation>空き</translation>
    </message>
    <message>
      <source>held by the allocator</source>
      <translation>確保済みの余り</translation>
    </message>
    <message>
      <source>not explained</source>
      <translation>不明</translation>
    </message>
    <message>
      <source>other programs</source>
      <translation>ほかのプログラム</translation>
    </message>
    <message>
      <source>program and libraries</source>
      <translation>本体とライブラリ</translation>
    </message>
    <message>
      <source>the rest {size} GB</source>
      <translation>そのほか {size} GB</translation>
    </message>
    <message>
      <source>unnamed program</source>
      <translation>名前のないプログラム</translation>
    </message>
    <message>
      <source>weights</source>
      <translation>重み</translation>
    </message>
    <message>
      <source>work at its peak</source>
      <translation>作業用（最大時）</translation>
    </message>
    <message>
      <source>{device}: {used} of {total} GB used</source>
      <translation>{device}: {total} GB 中 {used} GB を使用</translation>
    </message>
    <message>
      <source>{percent} % of what this memory allows: good.</source>
      <translation>このメモリで出せる速さの {percent} % で、良好です。</translation>
    </message>
    <message>
      <source>{percent} % of what this memory allows; the rest is the fixed cost of each step.</source>
      <translation>このメモリで出せる速さの {percent} % です。残りは 1 ステップごとの固定の手間です。</translation>
    </message>
    <message>
      <source>— load   - - memory, 2 minutes</source>
      <translation>— 使用率   - - メモリ（2 分間）</translation>
    </message>
  </context>
  <context>
    <name>LibraryPage</name>
    <message>
      <source>Library</source>
      <translation>ライブラリ</translation>
    </message>
  </context>
  <context>
    <name>LossChart</name>
    <message>
      <source>Losses</source>
      <translation>損失</translation>
    </message>
    <message>
      <source>Step {step} of {steps}, loss {loss}</source>
      <translation>ステップ {step}/{steps}、損失 {loss}</translation>
    </message>
    <message>
      <source>held out</source>
      <translation>検証</translation>
    </message>
    <message>
      <source>learned</source>
      <translation>学習</translation>
    </message>
    <message>
      <source>rate</source>
      <translation>学習率</translation>
    </message>
  </context>
  <context>
    <name>LossTable</name>
    <message>
      <source>Ahead</source>
      <translation>上回り</translation>
    </message>
    <message>
      <source>Held out</source>
      <translation>検証</translation>
    </message>
    <message>
      <source>Loss</source>
      <translation>損失</translation>
    </message>
    <message>
      <source>Losses</source>
      <translation>損失</translation>
    </message>
    <message>
      <source>Margin</source>
      <translation>差</translation>
    </message>
    <message>
      <source>Rate</source>
      <translation>学習率</translation>
    </message>
    <message>
      <source>Step</source>
      <translation>ステップ</translation>
    </message>
    <message>
      <source>Tokens/s</source>
      <translation>トークン/秒</translation>
    </message>
  </context>
  <context>
    <name>Manners</name>
    <message>
      <source>All values were reset.</source>
      <translation>すべての値を元に戻しました。</translation>
    </message>
    <message>
      <source>The preset “{name}” was deleted.</source>
      <translation>プリセット「{name}」を削除しました。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>元に戻す</translation>
    </message>
  </context>
  <context>
    <name>Menus</name>
    <message>
      <source>&amp;Chat</source>
      <translation>チャット(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>ファイル(&amp;F)</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>ヘルプ(&amp;H)</translation>
    </message>
    <message>
      <source>&amp;Model</source>
      <translation>モデル(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation>表示(&amp;V)</translation>
    </message>
    <message>
      <source>About ChatApp</source>
      <translation>ChatApp について</translation>
    </message>
    <message>
      <source>Answer with and without the adapter</source>
      <translation>アダプターありとなしで回答</translation>
    </message>
    <message>
      <source>Archive this chat, or take it back</source>
      <translation>このチャットをアーカイブする・戻す</translation>
    </message>
    <message>
      <source>Archived chats</source>
      <translation>アーカイブしたチャット</translation>
    </message>
    <message>
      <source>As the system</source>
      <translation>システムに合わせる</translation>
    </message>
    <message>
      <source>Attach files</source>
      <translation>ファイルを添付</translation>
    </message>
    <message>
      <source>Bad answer</source>
      <translation>よくない回答</translation>
    </message>
    <message>
      <source>Choose a model</source>
      <translation>モデルを選ぶ</translation>
    </message>
    <message>
      <source>Colours</source>
      <translation>配色</translation>
    </message>
    <message>
      <source>Commands and chats</source>
      <translation>コマンドとチャット</translation>
    </message>
    <message>
      <source>Continue the last answer</source>
      <translation>最後の回答を続ける</translation>
    </message>
    <message>
      <source>Conversations</source>
      <translation>チャット一覧</translation>
    </message>
    <message>
      <source>Copy diagnostics</source>
      <translation>診断情報をコピー</translation>
    </message>
    <message>
      <source>Copy the last answer</source>
      <translation>最後の回答をコピー</translation>
    </message>
    <message>
      <source>Copy the last answer as script</source>
      <translation>最後の回答をスクリプトとしてコピー</translation>
    </message>
    <message>
      <source>Copy the last code</source>
      <translation>最後のコードをコピー</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>ダーク</translation>
    </message>
    <message>
      <source>Delete the last message</source>
      <translation>最後のメッセージを削除</translation>
    </message>
    <message>
      <source>Delete this chat</source>
      <translation>このチャットを削除</translation>
    </message>
    <message>
      <source>Details of the last answer</source>
      <translation>最後の回答の詳細</translation>
    </message>
    <message>
      <source>Edit the last message</source>
      <translation>最後のメッセージを編集</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>書き出し</translation>
    </message>
    <message>
      <source>Find in this chat</source>
      <translation>このチャット内を検索</translation>
    </message>
    <message>
      <source>Find the next one</source>
      <translation>次を検索</translation>
    </message>
    <message>
      <source>Find the one before</source>
      <translation>前を検索</translation>
    </message>
    <message>
      <source>Full screen</source>
      <translation>全画面</translation>
    </message>
    <message>
      <source>Go to the message before</source>
      <translation>前のメッセージへ</translation>
    </message>
    <message>
      <source>Go to the next message</source>
      <translation>次のメッセージへ</translation>
    </message>
    <message>
      <source>Good answer</source>
      <translation>よい回答</translation>
    </message>
    <message>
      <source>Import</source>
      <translation>取り込み</translation>
    </message>
    <message>
      <source>Keep this temporary chat</source>
      <translation>この一時的なチャットを残す</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>言語</translation>
    </message>
    <message>
      <source>Larger text</source>
      <translation>文字を大きくする</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>ライト</translation>
    </message>
    <message>
      <source>M&amp;essage</source>
      <translation>メッセージ(&amp;E)</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>New chat from here</source>
      <translation>ここから新しいチャット</translation>
    </message>
    <message>
      <source>New temporary chat</source>
      <translation>新しい一時的なチャット</translation>
    </message>
    <message>
      <source>Next version</source>
      <translation>次の版</translation>
    </message>
    <message>
      <source>Notify when something long is finished</source>
      <translation>長い処理の終了を通知</translation>
    </message>
    <message>
      <source>Open log folder</source>
      <translation>ログのフォルダーを開く</translation>
    </message>
    <message>
      <source>Open models folder</source>
      <translation>モデルのフォルダーを開く</translation>
    </message>
    <message>
      <source>Pin or unpin this chat</source>
      <translation>ピン留めの切り替え</translation>
    </message>
    <message>
      <source>Plain reading view</source>
      <translation>文章だけの表示</translation>
    </message>
    <message>
      <source>Preferences</source>
      <translation>環境設定</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>終了</translation>
    </message>
    <message>
      <source>Regenerate the last answer</source>
      <translation>最後の回答を再生成</translation>
    </message>
    <message>
      <source>Reload the model</source>
      <translation>モデルを再読み込み</translation>
    </message>
    <message>
      <source>Rename this chat</source>
      <translation>このチャットの名前を変更</translation>
    </message>
    <message>
      <source>Search all chats</source>
      <translation>すべてのチャットを検索</translation>
    </message>
    <message>
      <source>Settings panel</source>
      <translation>設定パネル</translation>
    </message>
    <message>
      <source>Shortcuts</source>
      <translation>ショートカット</translation>
    </message>
    <message>
      <source>Smaller text</source>
      <translation>文字を小さくする</translation>
    </message>
    <message>
      <source>Start reply with…</source>
      <translation>回答の書き出しを指定…</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Tokens of an answer</source>
      <translation>回答のトークン</translation>
    </message>
    <message>
      <source>Trash</source>
      <translation>ゴミ箱</translation>
    </message>
    <message>
      <source>Unload the model</source>
      <translation>モデルを解放</translation>
    </message>
    <message>
      <source>Use answer {letter}</source>
      <translation>回答 {letter} を使う</translation>
    </message>
    <message>
      <source>Usual text size</source>
      <translation>標準の文字サイズ</translation>
    </message>
    <message>
      <source>Version before</source>
      <translation>前の版</translation>
    </message>
    <message>
      <source>Where the memory is</source>
      <translation>メモリの内訳</translation>
    </message>
  </context>
  <context>
    <name>MessageMenu</name>
    <message>
      <source>Compare the versions</source>
      <translation>版を比べる</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>続ける</translation>
    </message>
    <message>
      <source>Copy as script</source>
      <translation>スクリプトとしてコピー</translation>
    </message>
    <message>
      <source>Delete from here on</source>
      <translation>ここから先を削除</translation>
    </message>
    <message>
      <source>Delete this version</source>
      <translation>この版を削除</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>詳細</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>編集</translation>
    </message>
    <message>
      <source>Look at its tokens</source>
      <translation>トークンを調べる</translation>
    </message>
    <message>
      <source>New chat from here</source>
      <translation>ここから新しいチャット</translation>
    </message>
    <message>
      <source>Show as written</source>
      <translation>書かれたまま表示</translation>
    </message>
    <message>
      <source>Show formatted</source>
      <translation>整形して表示</translation>
    </message>
    <message>
      <source>Write another answer</source>
      <translation>別の回答を書く</translation>
    </message>
  </context>
  <context>
    <name>Meter</name>
    <message>
      <source>Click to see the prompt.</source>
      <translation>クリックするとプロンプトを表示します。</translation>
    </message>
    <message>
      <source>Context {used} of {limit}</source>
      <translation>コンテキスト {used} / {limit}</translation>
    </message>
    <message>
      <source>Context: counting</source>
      <translation>コンテキスト: 計算中</translation>
    </message>
    <message>
      <source>Nearly full: {count} messages will be left out next.</source>
      <translation>まもなくいっぱいです。次に {count} 件のメッセージが除かれます。</translation>
    </message>
    <message>
      <source>The next prompt is longer than the model's context.</source>
      <translation>次のプロンプトはモデルのコンテキストより長くなっています。</translation>
    </message>
    <message>
      <source>The oldest {count} messages are left out.</source>
      <translation>最も古い {count} 件のメッセージは除かれます。</translation>
    </message>
    <message>
      <source>Tokens of the next prompt, with what you have written so far.</source>
      <translation>次のプロンプトのトークン数です。入力中の文章も含みます。</translation>
    </message>
    <message>
      <source>Will not fit: {used} of {limit}</source>
      <translation>入りきりません: {used} / {limit}</translation>
    </message>
  </context>
  <context>
    <name>ModelDetail</name>
    <message>
      <source>Architecture</source>
      <translation>アーキテクチャ</translation>
    </message>
    <message>
      <source>Auto loads it in</source>
      <translation>「自動」の精度</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Chat template…</source>
      <translation>チャットテンプレート…</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>コンテキスト</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>削除</translation>
    </message>
    <message>
      <source>Delete {name}? This frees {size} and cannot be undone.</source>
      <translation>{name} を削除しますか？ {size} が空きます。元には戻せません。</translation>
    </message>
    <message>
      <source>Delete…</source>
      <translation>削除…</translation>
    </message>
    <message>
      <source>Find it on the Hub</source>
      <translation>Hub で探す</translation>
    </message>
    <message>
      <source>Forget its precision</source>
      <translation>精度の保存を取り消す</translation>
    </message>
    <message>
      <source>In {precision} it fits: the button for that is in the table below.</source>
      <translation>{precision}なら入ります。下の表のボタンで読み込めます。</translation>
    </message>
    <message>
      <source>It lies in the Hugging Face cache, which other programs use too.</source>
      <translation>Hugging Face のキャッシュにあり、ほかのプログラムも使います。</translation>
    </message>
    <message>
      <source>Its own name</source>
      <translation>元の名前</translation>
    </message>
    <message>
      <source>Kept for this model</source>
      <translation>このモデルの精度</translation>
    </message>
    <message>
      <source>Last used</source>
      <translation>最後の使用</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>ライセンス</translation>
    </message>
    <message>
      <source>Load anyway</source>
      <translation>それでも読み込む</translation>
    </message>
    <message>
      <source>Load it as the Model tab says, like every other model</source>
      <translation>ほかのモデルと同じく「モデル」タブの設定で読み込みます</translation>
    </message>
    <message>
      <source>Load with offload</source>
      <translation>オフロードして読み込む</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>フォルダーを開く</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>パラメーター数</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>名前を変更</translation>
    </message>
    <message>
      <source>Rename…</source>
      <translation>名前を変更…</translation>
    </message>
    <message>
      <source>See recommended models</source>
      <translation>おすすめのモデルを見る</translation>
    </message>
    <message>
      <source>Set a shorter context in the Model tab.</source>
      <translation>「モデル」タブでコンテキスト長を短くしてください。</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大きさ</translation>
    </message>
    <message>
      <source>Stored as</source>
      <translation>保存形式</translation>
    </message>
    <message>
      <source>Take off</source>
      <translation>外す</translation>
    </message>
    <message>
      <source>Take off the list</source>
      <translation>一覧から外す</translation>
    </message>
    <message>
      <source>Take {name} off the list? Its files stay.</source>
      <translation>{name} を一覧から外しますか？ ファイルは残ります。</translation>
    </message>
    <message>
      <source>The Model tab loads it in</source>
      <translation>「モデル」タブの精度</translation>
    </message>
    <message>
      <source>What ChatApp calls this model. Its files stay as they are.</source>
      <translation>ChatApp での呼び名です。ファイルはそのままです。</translation>
    </message>
    <message>
      <source>What it needs</source>
      <translation>必要なメモリ</translation>
    </message>
    <message>
      <source>Where</source>
      <translation>場所</translation>
    </message>
    <message>
      <source>{away} of {layers} layers do not fit on the card. They can lie on other cards and in main memory; each word then takes many times longer.</source>
      <translation>{layers} 層のうち {away} 層がカードに収まりません。ほかのカードやメインメモリに置けますが、1 語ごとに何倍もの時間がかかります。</translation>
    </message>
    <message>
      <source>{count} tokens</source>
      <translation>{count} トークン</translation>
    </message>
  </context>
  <context>
    <name>ModelPicker</name>
    <message>
      <source>Answer with and without the adapter, side by side</source>
      <translation>アダプターありとなしの回答を並べます</translation>
    </message>
    <message>
      <source>Built-in guide</source>
      <translation>内蔵ガイド</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Choose a model</source>
      <translation>モデルを選ぶ</translation>
    </message>
    <message>
      <source>Converting, {done} of {total}</source>
      <translation>変換中 {done} / {total}</translation>
    </message>
    <message>
      <source>Loading the model</source>
      <translation>モデルを読み込み中</translation>
    </message>
    <message>
      <source>Loading, {done} of {total}</source>
      <translation>読み込み中 {done} / {total}</translation>
    </message>
    <message>
      <source>Looking for models</source>
      <translation>モデルを探しています</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>エンジンを起動中</translation>
    </message>
    <message>
      <source>Unload</source>
      <translation>モデルを解放する</translation>
    </message>
    <message>
      <source>{count} s left</source>
      <translation>残り {count} 秒</translation>
    </message>
  </context>
  <context>
    <name>Models</name>
    <message>
      <source>Added folder</source>
      <translation>追加したフォルダー</translation>
    </message>
    <message>
      <source>Auto takes {bits} here, and the model does not fit.</source>
      <translation>自動ではここで {bits}になりますが、このモデルは入りません。</translation>
    </message>
    <message>
      <source>Auto takes {bits} here: that fits, and fewer are less exact.</source>
      <translation>自動ではここで {bits}になります。メモリに入り、ビット数が少ないと精度が下がるためです。</translation>
    </message>
    <message>
      <source>Auto takes {bits} here: the CPU reads half as much as in 32 bits.</source>
      <translation>自動ではここで {bits}になります。CPU が読む量が 32 ビットの半分になるためです。</translation>
    </message>
    <message>
      <source>Auto takes {bits} here: the model is small, and the CPU runs it.</source>
      <translation>自動ではここで {bits}になります。小さなモデルで、CPU で動くためです。</translation>
    </message>
    <message>
      <source>Auto takes {bits} here: what does not fit lies elsewhere.</source>
      <translation>自動ではここで {bits}になります。入らない分はほかのメモリに置きます。</translation>
    </message>
    <message>
      <source>Auto takes {few} here: in {more} the model does not fit.</source>
      <translation>自動ではここで {few}になります。{more}では入らないためです。</translation>
    </message>
    <message>
      <source>Comes with ChatApp</source>
      <translation>ChatApp に付属</translation>
    </message>
    <message>
      <source>Fits</source>
      <translation>入ります</translation>
    </message>
    <message>
      <source>Hugging Face cache</source>
      <translation>Hugging Face キャッシュ</translation>
    </message>
    <message>
      <source>Its maker has packed its weights: it is loaded as it is stored.</source>
      <translation>作成者が重みを圧縮しているため、保存されている形のまま読み込みます。</translation>
    </message>
    <message>
      <source>Models folder</source>
      <translation>モデルフォルダー</translation>
    </message>
    <message>
      <source>Tight</source>
      <translation>ぎりぎり</translation>
    </message>
    <message>
      <source>Too big by {size}</source>
      <translation>{size} 不⁠足</translation>
    </message>
    <message>
      <source>With offload</source>
      <translation>オフロードで可</translation>
    </message>
    <message>
      <source>as stored</source>
      <translation>保存形式</translation>
    </message>
    <message>
      <source>{bits} ({type})</source>
      <translation>{bits}（{type}）</translation>
    </message>
    <message>
      <source>{count} bits</source>
      <translation>{count} ビット</translation>
    </message>
  </context>
  <context>
    <name>NextWord</name>
    <message>
      <source>Asking the model…</source>
      <translation>モデルに問い合わせています…</translation>
    </message>
    <message>
      <source>Narrow bar: as the knobs are set now. Wide bar: the model's own chance.</source>
      <translation>細い棒: 現在の設定での確率。太い棒: モデル本来の確率。</translation>
    </message>
    <message>
      <source>Next word, as set now</source>
      <translation>次の語 (現在の設定)</translation>
    </message>
    <message>
      <source>Nothing is cut.</source>
      <translation>除外される語はありません。</translation>
    </message>
    <message>
      <source>Temperature 0 takes the likeliest, always.</source>
      <translation>温度 0 では常に最も確からしい語を選びます。</translation>
    </message>
    <message>
      <source>Write something, and the model says what could come next.</source>
      <translation>何か入力すると、次に来そうな語をモデルが示します。</translation>
    </message>
    <message>
      <source>{filter} {value} cuts {count}</source>
      <translation>{filter} {value} が {count} 語を除外</translation>
    </message>
  </context>
  <context>
    <name>Notifying</name>
    <message>
      <source>An answer could not be finished.</source>
      <translation>回答を最後まで書けませんでした。</translation>
    </message>
    <message>
      <source>An answer is finished.</source>
      <translation>回答ができました。</translation>
    </message>
    <message>
      <source>{name} is downloaded.</source>
      <translation>{name} のダウンロードが終わりました。</translation>
    </message>
    <message>
      <source>{name} is loaded.</source>
      <translation>{name} を読み込みました。</translation>
    </message>
    <message>
      <source>{name} is trained.</source>
      <translation>{name} の学習が終わりました。</translation>
    </message>
  </context>
  <context>
    <name>OfferDetail</name>
    <message>
      <source>Access</source>
      <translation>利用条件</translation>
    </message>
    <message>
      <source>Architecture</source>
      <translation>アーキテクチャ</translation>
    </message>
    <message>
      <source>Asking the Hub…</source>
      <translation>Hub に問い合わせています…</translation>
    </message>
    <message>
      <source>Download {size}</source>
      <translation>{size} をダウンロード</translation>
    </message>
    <message>
      <source>Downloads</source>
      <translation>ダウンロード数</translation>
    </message>
    <message>
      <source>It is among the downloads above.</source>
      <translation>上のダウンロードにあります。</translation>
    </message>
    <message>
      <source>It is on this computer.</source>
      <translation>このコンピューターにあります。</translation>
    </message>
    <message>
      <source>Its owner asks you to accept terms first</source>
      <translation>先に所有者の条件への同意が必要です</translation>
    </message>
    <message>
      <source>Last change</source>
      <translation>最終更新</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>ライセンス</translation>
    </message>
    <message>
      <source>Open its page</source>
      <translation>ページを開く</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>パラメーター数</translation>
    </message>
    <message>
      <source>Paste a token…</source>
      <translation>トークンを貼り付け…</translation>
    </message>
    <message>
      <source>Show it</source>
      <translation>表示</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大きさ</translation>
    </message>
    <message>
      <source>Stored as</source>
      <translation>保存形式</translation>
    </message>
    <message>
      <source>Version</source>
      <translation>版</translation>
    </message>
    <message>
      <source>What it needs here</source>
      <translation>このコンピューターで必要なメモリ</translation>
    </message>
    <message>
      <source>{count} in the last month</source>
      <translation>直近 1 か月で {count} 回</translation>
    </message>
    <message>
      <source>{size} in {count} files to get; {free} are free on the disk.</source>
      <translation>{count} 個のファイル、合計 {size} を取得します。ディスクの空きは {free} です。</translation>
    </message>
  </context>
  <context>
    <name>OpeningLine</name>
    <message>
      <source>Let the reply start as it likes</source>
      <translation>書き出しを指定しない</translation>
    </message>
    <message>
      <source>Sure, here are three:</source>
      <translation>はい、三つあります。</translation>
    </message>
    <message>
      <source>The reply starts with</source>
      <translation>回答の書き出し</translation>
    </message>
  </context>
  <context>
    <name>Pages</name>
    <message>
      <source>API</source>
      <translation>API</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Library</source>
      <translation>ライブラリ</translation>
    </message>
    <message>
      <source>Train</source>
      <translation>学習</translation>
    </message>
    <message>
      <source>{title}, something went wrong</source>
      <translation>{title}、問題が起きました</translation>
    </message>
    <message>
      <source>{title}, {percent} % done</source>
      <translation>{title}、{percent} % 完了</translation>
    </message>
  </context>
  <context>
    <name>PairChart</name>
    <message>
      <source>Better answer ahead (%)</source>
      <translation>良い回答が上回る割合 (%)</translation>
    </message>
    <message>
      <source>Margin {margin}, the better answer is ahead in {percent} %</source>
      <translation>差 {margin}、良い回答が {percent} % で上回っています</translation>
    </message>
    <message>
      <source>Reward margin</source>
      <translation>報酬の差</translation>
    </message>
    <message>
      <source>Reward margin and accuracy</source>
      <translation>報酬の差と正答率</translation>
    </message>
  </context>
  <context>
    <name>Palette</name>
    <message>
      <source>Commands and chats</source>
      <translation>コマンドとチャット</translation>
    </message>
    <message>
      <source>Nothing fits.</source>
      <translation>当てはまるものがありません。</translation>
    </message>
    <message>
      <source>What fits</source>
      <translation>当てはまるもの</translation>
    </message>
  </context>
  <context>
    <name>PaletteField</name>
    <message>
      <source>A command, a chat, or words in a chat</source>
      <translation>コマンド、チャット名、チャットの中の言葉</translation>
    </message>
    <message>
      <source>Commands and chats</source>
      <translation>コマンドとチャット</translation>
    </message>
  </context>
  <context>
    <name>PaletteRows</name>
    <message>
      <source>Chats</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Commands</source>
      <translation>コマンド</translation>
    </message>
    <message>
      <source>In the chats</source>
      <translation>チャットの中</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
  </context>
  <context>
    <name>PasteChip</name>
    <message>
      <source>Pasted text, {size}</source>
      <translation>貼り付けた文章、{size}</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>取り除く</translation>
    </message>
    <message>
      <source>Remove the pasted text</source>
      <translation>貼り付けた文章を取り除く</translation>
    </message>
  </context>
  <context>
    <name>Patience</name>
    <message>
      <source>Keep waiting</source>
      <translation>待ち続ける</translation>
    </message>
    <message>
      <source>Reopen here</source>
      <translation>開き直す</translation>
    </message>
    <message>
      <source>The model does not answer. Your text is saved.</source>
      <translation>モデルが応答しません。文章は保存してあります。</translation>
    </message>
  </context>
  <context>
    <name>PausedLine</name>
    <message>
      <source>Go on</source>
      <translation>再開</translation>
    </message>
    <message>
      <source>Leave it</source>
      <translation>やめる</translation>
    </message>
    <message>
      <source>What it made stays; this line goes</source>
      <translation>できたものは残り、この行だけが消えます</translation>
    </message>
    <message>
      <source>{name} stopped at step {step} and can go on.</source>
      <translation>{name} はステップ {step} で止まっています。再開できます。</translation>
    </message>
  </context>
  <context>
    <name>Phrases</name>
    <message>
      <source>Answer</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>Built-in guide</source>
      <translation>内蔵ガイド</translation>
    </message>
    <message>
      <source>Not seen by the model from here up</source>
      <translation>ここより上はモデルに渡されていません</translation>
    </message>
    <message>
      <source>Reading the prompt, {done} of {total} tokens</source>
      <translation>入力を読み取り中（{done} / {total} トークン）</translation>
    </message>
    <message>
      <source>This answer has no text.</source>
      <translation>この回答には文章がありません。</translation>
    </message>
    <message>
      <source>Writing the answer</source>
      <translation>回答を書いています</translation>
    </message>
    <message>
      <source>You</source>
      <translation>あなた</translation>
    </message>
    <message>
      <source>context full</source>
      <translation>コンテキストがいっぱい</translation>
    </message>
    <message>
      <source>context {used} of {limit}</source>
      <translation>コンテキスト {limit} 中 {used}</translation>
    </message>
    <message>
      <source>done</source>
      <translation>完了</translation>
    </message>
    <message>
      <source>error</source>
      <translation>エラー</translation>
    </message>
    <message>
      <source>first token after {seconds} s</source>
      <translation>最初のトークンまで {seconds} 秒</translation>
    </message>
    <message>
      <source>interrupted</source>
      <translation>中断</translation>
    </message>
    <message>
      <source>length reached</source>
      <translation>長さの上限</translation>
    </message>
    <message>
      <source>oldest {count} messages left out</source>
      <translation>古いメッセージ {count} 件を除外</translation>
    </message>
    <message>
      <source>seed {number}</source>
      <translation>シード {number}</translation>
    </message>
    <message>
      <source>stopped at “{string}”</source>
      <translation>「{string}」で停止</translation>
    </message>
    <message>
      <source>stopped by you</source>
      <translation>停止しました</translation>
    </message>
    <message>
      <source>{count} prompt tokens reused</source>
      <translation>入力 {count} トークンを再利用</translation>
    </message>
    <message>
      <source>{count} tokens</source>
      <translation>{count} トークン</translation>
    </message>
    <message>
      <source>{name}, edited by you</source>
      <translation>{name}（編集済み）</translation>
    </message>
    <message>
      <source>{rate} tokens/s</source>
      <translation>{rate} トークン/秒</translation>
    </message>
  </context>
  <context>
    <name>PickField</name>
    <message>
      <source>A part of the name</source>
      <translation>名前の一部</translation>
    </message>
    <message>
      <source>Look for a model</source>
      <translation>モデルを探す</translation>
    </message>
  </context>
  <context>
    <name>PickList</name>
    <message>
      <source>Models</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Nothing fits.</source>
      <translation>当てはまるものがありません。</translation>
    </message>
    <message>
      <source>Open models folder</source>
      <translation>モデルのフォルダーを開く</translation>
    </message>
  </context>
  <context>
    <name>Preferences</name>
    <message>
      <source>As the system</source>
      <translation>システムに合わせる</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>閉じる</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>ダーク</translation>
    </message>
    <message>
      <source>Empty the field</source>
      <translation>入力を消す</translation>
    </message>
    <message>
      <source>Enter sends</source>
      <translation>Enter で送信</translation>
    </message>
    <message>
      <source>Folded</source>
      <translation>折りたたむ</translation>
    </message>
    <message>
      <source>General</source>
      <translation>一般</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>ライト</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>No setting is called that.</source>
      <translation>その名前の設定はありません。</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>オフ</translation>
    </message>
    <message>
      <source>On</source>
      <translation>オン</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>開く</translation>
    </message>
    <message>
      <source>Preferences</source>
      <translation>環境設定</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>検索</translation>
    </message>
    <message>
      <source>Search the preferences</source>
      <translation>環境設定を検索</translation>
    </message>
    <message>
      <source>{keys} sends, Enter makes a new line</source>
      <translation>{keys} で送信、Enter で改行</translation>
    </message>
    <message>
      <source>{name} is set, so nothing is asked in any case.</source>
      <translation>{name} が設定されているため、どちらの場合も接続しません。</translation>
    </message>
  </context>
  <context>
    <name>PresetBar</name>
    <message>
      <source>Balanced</source>
      <translation>バランス</translation>
    </message>
    <message>
      <source>Code</source>
      <translation>コード</translation>
    </message>
    <message>
      <source>Creative</source>
      <translation>創作</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>削除</translation>
    </message>
    <message>
      <source>Export the preset</source>
      <translation>プリセットの書き出し</translation>
    </message>
    <message>
      <source>Export...</source>
      <translation>書き出す…</translation>
    </message>
    <message>
      <source>Forget what is kept for this model</source>
      <translation>このモデル用の値を消す</translation>
    </message>
    <message>
      <source>Import a preset</source>
      <translation>プリセットの読み込み</translation>
    </message>
    <message>
      <source>Import...</source>
      <translation>読み込む…</translation>
    </message>
    <message>
      <source>Keep these values for this model</source>
      <translation>今の値をこのモデル用に保存</translation>
    </message>
    <message>
      <source>Model default</source>
      <translation>モデルの既定</translation>
    </message>
    <message>
      <source>More about presets</source>
      <translation>プリセットの操作</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名前</translation>
    </message>
    <message>
      <source>Neutral</source>
      <translation>無加工</translation>
    </message>
    <message>
      <source>Precise</source>
      <translation>正確</translation>
    </message>
    <message>
      <source>Preset</source>
      <translation>プリセット</translation>
    </message>
    <message>
      <source>Rename the preset</source>
      <translation>プリセット名の変更</translation>
    </message>
    <message>
      <source>Rename...</source>
      <translation>名前を変更…</translation>
    </message>
    <message>
      <source>Reset all</source>
      <translation>すべて戻す</translation>
    </message>
    <message>
      <source>Save as preset</source>
      <translation>プリセットとして保存</translation>
    </message>
    <message>
      <source>Save as preset...</source>
      <translation>プリセットとして保存…</translation>
    </message>
    <message>
      <source>Take back every value that was changed for this chat</source>
      <translation>このチャットで変えた値をすべて元に戻します</translation>
    </message>
    <message>
      <source>Values that are set together</source>
      <translation>まとめて使う設定値です</translation>
    </message>
  </context>
  <context>
    <name>QuestionBar</name>
    <message>
      <source>Edit this message</source>
      <translation>このメッセージを編集</translation>
    </message>
    <message>
      <source>More actions for this message</source>
      <translation>このメッセージのその他の操作</translation>
    </message>
  </context>
  <context>
    <name>QueueLine</name>
    <message>
      <source>Cancel</source>
      <translation>取り消す</translation>
    </message>
    <message>
      <source>Take this message back</source>
      <translation>このメッセージを取り消す</translation>
    </message>
    <message>
      <source>Will be sent after this answer</source>
      <translation>この回答のあとに送信します</translation>
    </message>
  </context>
  <context>
    <name>Reader</name>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>開く</translation>
    </message>
    <message>
      <source>Open link</source>
      <translation>リンクを開く</translation>
    </message>
    <message>
      <source>Open {host} in the browser?</source>
      <translation>{host} をブラウザーで開きますか?</translation>
    </message>
  </context>
  <context>
    <name>ReadingView</name>
    <message>
      <source>Plain reading view</source>
      <translation>文章だけの表示</translation>
    </message>
    <message>
      <source>{count} earlier messages are left out.</source>
      <translation>これより前の {count} 件は省いています。</translation>
    </message>
  </context>
  <context>
    <name>Recipes</name>
    <message>
      <source>Copy</source>
      <translation>コピー</translation>
    </message>
    <message>
      <source>Copy the lines for {name}</source>
      <translation>{name} の行をコピー</translation>
    </message>
  </context>
  <context>
    <name>RemoteCard</name>
    <message>
      <source>A model elsewhere</source>
      <translation>外部のモデル</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>アドレス</translation>
    </message>
    <message>
      <source>As the badge calls it</source>
      <translation>バッジに表示する名前</translation>
    </message>
    <message>
      <source>Asking…</source>
      <translation>問い合わせています…</translation>
    </message>
    <message>
      <source>It answers, but does not say which models it has.</source>
      <translation>応答しましたが、モデルの一覧は返しませんでした。</translation>
    </message>
    <message>
      <source>It answers. Its models: {names}</source>
      <translation>応答しました。モデル: {names}</translation>
    </message>
    <message>
      <source>Key</source>
      <translation>キー</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名前</translation>
    </message>
    <message>
      <source>Test</source>
      <translation>テスト</translation>
    </message>
    <message>
      <source>The first that it offers</source>
      <translation>一覧の先頭のモデル</translation>
    </message>
    <message>
      <source>Use a model of this computer</source>
      <translation>このコンピューターのモデルに戻す</translation>
    </message>
    <message>
      <source>Use it</source>
      <translation>使う</translation>
    </message>
    <message>
      <source>While it answers, the conversation you write in is sent there. Top-k, min-p and repetition penalty have no effect on it. ChatApp starts with a model of this computer again.</source>
      <translation>外部のモデルが回答している間、書き込んでいる会話の内容が送信されます。Top-k、Min-p、繰り返しペナルティは外部のモデルには効きません。ChatApp を起動し直すと、このコンピューターのモデルに戻ります。</translation>
    </message>
    <message>
      <source>{name} answers.</source>
      <translation>{name} が回答します。</translation>
    </message>
  </context>
  <context>
    <name>Replaying</name>
    <message>
      <source>Device, precision or libraries are others than then.</source>
      <translation>デバイス、精度、ライブラリのどれかが当時と違います。</translation>
    </message>
    <message>
      <source>Made again: every character is the same.</source>
      <translation>再現結果: すべての文字が同じです。</translation>
    </message>
    <message>
      <source>Made again: every word is the same.</source>
      <translation>もう一度作りました。すべての言葉が同じです。</translation>
    </message>
    <message>
      <source>Made again: the first {same} of {count} characters are the same.</source>
      <translation>再現結果: {count} 文字のうち最初の {same} 文字が同じです。</translation>
    </message>
    <message>
      <source>Made again: the first {same} of {count} words are the same.</source>
      <translation>もう一度作りました。{count} 語のうち、最初の {same} 語が同じです。</translation>
    </message>
    <message>
      <source>Making it again…</source>
      <translation>もう一度作っています…</translation>
    </message>
  </context>
  <context>
    <name>RequestLog</name>
    <message>
      <source>Of the prompt + of the answer</source>
      <translation>プロンプト + 回答</translation>
    </message>
    <message>
      <source>Request</source>
      <translation>リクエスト</translation>
    </message>
    <message>
      <source>Requests</source>
      <translation>リクエスト</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>状態</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>時刻</translation>
    </message>
    <message>
      <source>Tokens</source>
      <translation>トークン</translation>
    </message>
    <message>
      <source>client left</source>
      <translation>相手が切断</translation>
    </message>
  </context>
  <context>
    <name>RowDelegate</name>
    <message>
      <source>Chat title</source>
      <translation>チャットの名前</translation>
    </message>
  </context>
  <context>
    <name>RunCard</name>
    <message>
      <source>3  Training</source>
      <translation>3  学習</translation>
    </message>
    <message>
      <source>As a table</source>
      <translation>表で見る</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>Choose data first.</source>
      <translation>先にデータを選んでください。</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>Give what is made a name first.</source>
      <translation>先に、できるものの名前を入力してください。</translation>
    </message>
    <message>
      <source>It can go on later, also after a restart</source>
      <translation>あとで、再起動してからでも再開できます</translation>
    </message>
    <message>
      <source>Loading the model…</source>
      <translation>モデルを読み込んでいます…</translation>
    </message>
    <message>
      <source>Measuring what is held out…</source>
      <translation>検証用の例で測っています…</translation>
    </message>
    <message>
      <source>Merge into a new model…</source>
      <translation>新しいモデルに結合…</translation>
    </message>
    <message>
      <source>Of the held-out pairs {percent} % have the better answer ahead (step {step}).</source>
      <translation>取り置いた組の {percent} % で、良い回答が上回っています（ステップ {step}）。</translation>
    </message>
    <message>
      <source>Of the last step's pairs {percent} % have the better answer ahead.</source>
      <translation>最後のステップの組の {percent} % で、良い回答が上回っています。</translation>
    </message>
    <message>
      <source>Pause</source>
      <translation>中断</translation>
    </message>
    <message>
      <source>Paused at step {step}.</source>
      <translation>ステップ {step} で中断しました。</translation>
    </message>
    <message>
      <source>Perplexity of what was held out: {before} before, {after} now (step {step}).</source>
      <translation>検証用の例のパープレキシティーは、学習前が {before}、今が {after} です（ステップ {step}）。</translation>
    </message>
    <message>
      <source>Preparing…</source>
      <translation>準備しています…</translation>
    </message>
    <message>
      <source>Reading the data…</source>
      <translation>データを読んでいます…</translation>
    </message>
    <message>
      <source>Reading the examples…</source>
      <translation>例を読み込んでいます…</translation>
    </message>
    <message>
      <source>Reading what the model says of both answers now…</source>
      <translation>両方の回答に対する今のモデルの確率を読んでいます…</translation>
    </message>
    <message>
      <source>Saving what was learned…</source>
      <translation>学習した内容を保存しています…</translation>
    </message>
    <message>
      <source>Start training</source>
      <translation>学習を始める</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>エンジンを起動しています…</translation>
    </message>
    <message>
      <source>Step {step} of {steps}</source>
      <translation>ステップ {step}/{steps}</translation>
    </message>
    <message>
      <source>Step {step}: {question} → {text}</source>
      <translation>ステップ {step}：{question} → {text}</translation>
    </message>
    <message>
      <source>Stop, keep the best</source>
      <translation>止めて最良を残す</translation>
    </message>
    <message>
      <source>Stopped at step {step}; the best state is kept.</source>
      <translation>ステップ {step} で止めました。最良の状態を残しています。</translation>
    </message>
    <message>
      <source>Stopped before a step was done.</source>
      <translation>ステップを行う前に止めました。</translation>
    </message>
    <message>
      <source>The first steps scatter; wait a little.</source>
      <translation>最初のステップはばらつきます。少しお待ちください。</translation>
    </message>
    <message>
      <source>The held-out loss has risen {count} times: it starts to memorise. The best state is step {step}.</source>
      <translation>検証の損失が {count} 回続けて上がりました。丸暗記が始まっています。最良の状態はステップ {step} です。</translation>
    </message>
    <message>
      <source>The loss falls. Without held-out examples nobody can tell learning from memorising.</source>
      <translation>損失は下がっています。検証用の例がないため、学習か丸暗記かは区別できません。</translation>
    </message>
    <message>
      <source>The loss falls: it learns.</source>
      <translation>損失が下がっています。学習が進んでいます。</translation>
    </message>
    <message>
      <source>The loss hardly falls: a higher learning rate may help.</source>
      <translation>損失がほとんど下がりません。学習率を上げるとよいかもしれません。</translation>
    </message>
    <message>
      <source>The loss jumps: try a lower learning rate.</source>
      <translation>損失が跳ね上がっています。学習率を下げてみてください。</translation>
    </message>
    <message>
      <source>The model writes what it must not forget…</source>
      <translation>忘れてはいけない内容をモデルが書き出しています…</translation>
    </message>
    <message>
      <source>This data cannot be used; above it says why.</source>
      <translation>このデータは使えません。理由は上に表示しています。</translation>
    </message>
    <message>
      <source>Use in chat</source>
      <translation>チャットで使う</translation>
    </message>
    <message>
      <source>Waiting for its turn…</source>
      <translation>順番を待っています…</translation>
    </message>
    <message>
      <source>Writing a sample…</source>
      <translation>見本を書いています…</translation>
    </message>
    <message>
      <source>loss {loss}</source>
      <translation>損失 {loss}</translation>
    </message>
    <message>
      <source>memory {used} of {total} GB</source>
      <translation>メモリ {used}/{total} GB</translation>
    </message>
    <message>
      <source>rate {rate}</source>
      <translation>学習率 {rate}</translation>
    </message>
    <message>
      <source>{count} tokens/s</source>
      <translation>{count} トークン/秒</translation>
    </message>
    <message>
      <source>{name}: {steps} steps, the loss went from {first} to {last}.</source>
      <translation>{name}：{steps} ステップで、損失は {first} から {last} になりました。</translation>
    </message>
    <message>
      <source>{trained} of {all} parameters learn, in {precision}.</source>
      <translation>{all} 個のうち {trained} 個のパラメーターが {precision} で学習します。</translation>
    </message>
  </context>
  <context>
    <name>Safekeeping</name>
    <message>
      <source>Chats and settings were saved in {name}.</source>
      <translation>チャットと設定を {name} に保存しました。</translation>
    </message>
    <message>
      <source>Import settings</source>
      <translation>設定を読み込む</translation>
    </message>
    <message>
      <source>Looking at this computer…</source>
      <translation>このコンピューターを調べています…</translation>
    </message>
    <message>
      <source>Save everything as ZIP</source>
      <translation>すべてを ZIP に保存</translation>
    </message>
    <message>
      <source>The chats were copied to backups/{name}.</source>
      <translation>チャットを backups/{name} にコピーしました。</translation>
    </message>
    <message>
      <source>The diagnostics are in the clipboard.</source>
      <translation>診断情報をクリップボードにコピーしました。</translation>
    </message>
    <message>
      <source>The settings were taken over; a part of them holds after a restart.</source>
      <translation>設定を読み込みました。一部は再起動後に有効になります。</translation>
    </message>
    <message>
      <source>There are no chats to copy yet.</source>
      <translation>コピーするチャットはまだありません。</translation>
    </message>
  </context>
  <context>
    <name>SearchBox</name>
    <message>
      <source>Empty the field</source>
      <translation>入力を消す</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>検索</translation>
    </message>
    <message>
      <source>Search all chats</source>
      <translation>すべてのチャットを検索</translation>
    </message>
  </context>
  <context>
    <name>SeedLine</name>
    <message>
      <source>Keep this</source>
      <translation>これを使う</translation>
    </message>
    <message>
      <source>Last answer: {seed}</source>
      <translation>前回の回答: {seed}</translation>
    </message>
    <message>
      <source>Use the last answer's seed for the next ones too</source>
      <translation>前回の回答のシードを次からも使います</translation>
    </message>
  </context>
  <context>
    <name>Seeking</name>
    <message>
      <source>Nothing found.</source>
      <translation>見つかりませんでした。</translation>
    </message>
    <message>
      <source>Still being read: {count} messages</source>
      <translation>まだ読み込み中です（残り {count} 件）</translation>
    </message>
    <message>
      <source>There are more. Add a word to narrow it down.</source>
      <translation>ほかにもあります。言葉を足すと絞り込めます。</translation>
    </message>
  </context>
  <context>
    <name>SentTo</name>
    <message>
      <source>Sent to {name}</source>
      <translation>{name} に送信中</translation>
    </message>
    <message>
      <source>What you write in a chat leaves this computer.</source>
      <translation>チャットに書いた内容はこのコンピューターの外に送られます。</translation>
    </message>
  </context>
  <context>
    <name>SettingsPanel</name>
    <message>
      <source>Applies after reload</source>
      <translation>再読み込み後に反映されます</translation>
    </message>
    <message>
      <source>At temperature 0 all of them would be equal.</source>
      <translation>温度が 0 のときは、どれも同じになります。</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>How the model is loaded</source>
      <translation>モデルの読み込み方です</translation>
    </message>
    <message>
      <source>How the next answer is written</source>
      <translation>次の回答の書き方です</translation>
    </message>
    <message>
      <source>Load the model again with these settings</source>
      <translation>この設定でモデルを読み込み直します</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>More</source>
      <translation>その他</translation>
    </message>
    <message>
      <source>More ({count} set)</source>
      <translation>その他（設定済み {count}）</translation>
    </message>
    <message>
      <source>Order in which they act: penalties, temperature, top-k, top-p, min-p.</source>
      <translation>はたらく順番: ペナルティ、温度、Top-k、Top-p、Min-p。</translation>
    </message>
    <message>
      <source>Reload now</source>
      <translation>今すぐ再読み込み</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>設定</translation>
    </message>
    <message>
      <source>This model sees at most {count} tokens, however many are set.</source>
      <translation>設定にかかわらず、このモデルが見るのは {count} トークンまでです。</translation>
    </message>
    <message>
      <source>Tokens</source>
      <translation>トークン</translation>
    </message>
    <message>
      <source>What an answer was made of, and what else could be</source>
      <translation>回答を構成するトークンと、ほかの候補</translation>
    </message>
  </context>
  <context>
    <name>ShelfTab</name>
    <message>
      <source>Add a folder</source>
      <translation>フォルダーを追加</translation>
    </message>
    <message>
      <source>Cannot be used</source>
      <translation>使えません</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>絞り込み</translation>
    </message>
    <message>
      <source>Filter the models</source>
      <translation>モデルを絞り込む</translation>
    </message>
    <message>
      <source>Free: disk {disk}, {device} {memory}</source>
      <translation>空き: ディスク {disk}、{device} {memory}</translation>
    </message>
    <message>
      <source>Looking for models</source>
      <translation>モデルを探しています</translation>
    </message>
    <message>
      <source>Models on this computer</source>
      <translation>このコンピューターのモデル</translation>
    </message>
    <message>
      <source>Not in {precision} here</source>
      <translation>ここでは {precision}不可</translation>
    </message>
    <message>
      <source>Nothing is called that.</source>
      <translation>その名前のものはありません。</translation>
    </message>
    <message>
      <source>On this computer</source>
      <translation>このコンピューター</translation>
    </message>
    <message>
      <source>memory</source>
      <translation>メモリ</translation>
    </message>
    <message>
      <source>used {day}</source>
      <translation>最終使用: {day}</translation>
    </message>
    <message>
      <source>{count} tokens</source>
      <translation>{count} トークン</translation>
    </message>
  </context>
  <context>
    <name>ShortcutPage</name>
    <message>
      <source>Action</source>
      <translation>操作</translation>
    </message>
    <message>
      <source>Choose a row, then press the new keys in the field.</source>
      <translation>行を選び、欄で新しいキーを押してください。</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>キー</translation>
    </message>
    <message>
      <source>New keys</source>
      <translation>新しいキー</translation>
    </message>
    <message>
      <source>No keys</source>
      <translation>キーなし</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>元に戻す</translation>
    </message>
    <message>
      <source>Reset all</source>
      <translation>すべて元に戻す</translation>
    </message>
    <message>
      <source>Set</source>
      <translation>設定</translation>
    </message>
    <message>
      <source>Shortcuts</source>
      <translation>ショートカット</translation>
    </message>
    <message>
      <source>These keys cannot be others.</source>
      <translation>このキーは変えられません。</translation>
    </message>
  </context>
  <context>
    <name>Sidebar</name>
    <message>
      <source>Archive</source>
      <translation>アーカイブ</translation>
    </message>
    <message>
      <source>Archived ({count})</source>
      <translation>アーカイブ ({count})</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>チャット一覧</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>削除</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新しいチャット</translation>
    </message>
    <message>
      <source>No chats yet. Write a message to begin.</source>
      <translation>チャットはまだありません。メッセージを送ると始まります。</translation>
    </message>
    <message>
      <source>Pin</source>
      <translation>ピン留め</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>名前を変更</translation>
    </message>
    <message>
      <source>Start a new chat</source>
      <translation>新しいチャットを始める</translation>
    </message>
    <message>
      <source>Trash ({count})</source>
      <translation>ゴミ箱 ({count})</translation>
    </message>
    <message>
      <source>Unpin</source>
      <translation>ピン留めを外す</translation>
    </message>
    <message>
      <source>What was found</source>
      <translation>検索結果</translation>
    </message>
  </context>
  <context>
    <name>Slide</name>
    <message>
      <source>Show more to the side</source>
      <translation>横にスクロールする</translation>
    </message>
  </context>
  <context>
    <name>SpotMenu</name>
    <message>
      <source>Copy</source>
      <translation>コピー</translation>
    </message>
    <message>
      <source>Copy as Markdown</source>
      <translation>Markdown としてコピー</translation>
    </message>
    <message>
      <source>Copy the link's address</source>
      <translation>リンクのアドレスをコピー</translation>
    </message>
    <message>
      <source>Select all</source>
      <translation>すべて選択</translation>
    </message>
  </context>
  <context>
    <name>StartCard</name>
    <message>
      <source>Add a folder…</source>
      <translation>フォルダーを追加…</translation>
    </message>
    <message>
      <source>Already on this computer</source>
      <translation>このコンピューターにあります</translation>
    </message>
    <message>
      <source>Chat with {name}</source>
      <translation>{name} とチャット</translation>
    </message>
    <message>
      <source>Choose another</source>
      <translation>ほかを選ぶ</translation>
    </message>
    <message>
      <source>Download…</source>
      <translation>ダウンロード…</translation>
    </message>
    <message>
      <source>Get {name}</source>
      <translation>{name} を入手</translation>
    </message>
    <message>
      <source>Models folder</source>
      <translation>モデルフォルダー</translation>
    </message>
    <message>
      <source>Offline. That is fine.</source>
      <translation>オフラインでも使えます</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>開始</translation>
    </message>
    <message>
      <source>The best of our list that fits this computer</source>
      <translation>このコンピューターに収まる、おすすめ一覧で最良のモデル</translation>
    </message>
    <message>
      <source>The best of our list that fits {device}</source>
      <translation>{device} に収まる、おすすめ一覧で最良のモデル</translation>
    </message>
    <message>
      <source>The built-in guide needs no network. To bring a model from another computer, copy its folder with config.json, tokenizer.json and all *.safetensors files.</source>
      <translation>内蔵ガイドにネットワークは不要です。ほかのパソコンのモデルを使うには、config.json、tokenizer.json、すべての *.safetensors を含むフォルダーをコピーしてください。</translation>
    </message>
    <message>
      <source>about {size} to download (estimate)</source>
      <translation>ダウンロードは約 {size}（見積もり）</translation>
    </message>
    <message>
      <source>{free} free on the disk</source>
      <translation>ディスクの空き {free}</translation>
    </message>
  </context>
  <context>
    <name>Steps</name>
    <message>
      <source>Show the next version</source>
      <translation>次の版を表示</translation>
    </message>
    <message>
      <source>Show the version before</source>
      <translation>前の版を表示</translation>
    </message>
  </context>
  <context>
    <name>Suiting</name>
    <message>
      <source>Kept for this model only.</source>
      <translation>このモデルだけの設定です。</translation>
    </message>
  </context>
  <context>
    <name>SystemPrompt</name>
    <message>
      <source>Standing instructions for this chat</source>
      <translation>このチャットで常に守る指示</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>システムプロンプト</translation>
    </message>
  </context>
  <context>
    <name>TemplatePage</name>
    <message>
      <source>Chat template of {name}</source>
      <translation>{name} のチャットテンプレート</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>コピー</translation>
    </message>
    <message>
      <source>The program of the model's maker that turns a chat into the prompt. It runs in a closed box and sees nothing but the messages.</source>
      <translation>チャットをプロンプトに変える、モデルの作者のプログラムです。隔離された環境で動き、メッセージ以外は何も見えません。</translation>
    </message>
    <message>
      <source>This model has no chat template: it continues the text it is given.</source>
      <translation>このモデルにはチャットテンプレートがありません。与えられた文章の続きを書きます。</translation>
    </message>
    <message>
      <source>{file}, {count} characters, SHA-256 {digest}</source>
      <translation>{file}、{count} 文字、SHA-256 {digest}</translation>
    </message>
  </context>
  <context>
    <name>TemporaryBar</name>
    <message>
      <source>Keep this chat</source>
      <translation>このチャットを残す</translation>
    </message>
    <message>
      <source>Save it like any other chat</source>
      <translation>ほかのチャットと同じように保存します</translation>
    </message>
    <message>
      <source>Temporary chat: never written to the disk, gone when ChatApp closes.</source>
      <translation>一時的なチャットです。ディスクには書かず、ChatApp を閉じると消えます。</translation>
    </message>
  </context>
  <context>
    <name>ThoughtLine</name>
    <message>
      <source>Folded</source>
      <translation>折りたたみ中</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>展開中</translation>
    </message>
    <message>
      <source>Thinking</source>
      <translation>考えています</translation>
    </message>
    <message>
      <source>Thinking, {seconds} s</source>
      <translation>考えています ({seconds} 秒)</translation>
    </message>
    <message>
      <source>Thought for {seconds} s, {count} words</source>
      <translation>{seconds} 秒考えました ({count} 語)</translation>
    </message>
    <message>
      <source>Thought, {count} words</source>
      <translation>考えた内容 ({count} 語)</translation>
    </message>
  </context>
  <context>
    <name>TokenQuestion</name>
    <message>
      <source>1  Open the model's page and accept its terms.
2  Make a token of the kind “read” under Settings there.
3  Paste it here. It is kept where Hugging Face's own tools keep it.</source>
      <translation>1  モデルのページを開き、条件に同意します。
2  そこの Settings で「read」のトークンを作ります。
3  ここに貼り付けます。Hugging Face の道具と同じ場所に保存します。</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Hugging Face token</source>
      <translation>Hugging Face のトークン</translation>
    </message>
    <message>
      <source>Keep it</source>
      <translation>保存</translation>
    </message>
  </context>
  <context>
    <name>TokenView</name>
    <message>
      <source>Tokens of the answer</source>
      <translation>回答のトークン</translation>
    </message>
  </context>
  <context>
    <name>Tokens</name>
    <message>
      <source>(part of a character)</source>
      <translation>(文字の一部)</translation>
    </message>
    <message>
      <source>Token {number} of {count}, id {id}</source>
      <translation>トークン {number} / {count}、ID {id}</translation>
    </message>
  </context>
  <context>
    <name>TrainingPage</name>
    <message>
      <source>Adapters</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>Train on your own words</source>
      <translation>自分の言葉で学習させる</translation>
    </message>
  </context>
  <context>
    <name>Transcript</name>
    <message>
      <source>Conversation</source>
      <translation>会話</translation>
    </message>
    <message>
      <source>The answer is finished.</source>
      <translation>回答が完了しました。</translation>
    </message>
  </context>
  <context>
    <name>TransferCard</name>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>チャット</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>閉じる</translation>
    </message>
    <message>
      <source>Comparing checksums</source>
      <translation>チェックサムを照合しています</translation>
    </message>
    <message>
      <source>Connecting…</source>
      <translation>接続しています…</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>残す</translation>
    </message>
    <message>
      <source>Open page</source>
      <translation>ページを開く</translation>
    </message>
    <message>
      <source>Paste a token…</source>
      <translation>トークンを貼り付け…</translation>
    </message>
    <message>
      <source>Pause</source>
      <translation>一時停止</translation>
    </message>
    <message>
      <source>Paused; {done} of {total} are kept</source>
      <translation>一時停止中。{total} のうち {done} を保存済み</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>取り除く</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>再開</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>検索</translation>
    </message>
    <message>
      <source>Throw away</source>
      <translation>捨てる</translation>
    </message>
    <message>
      <source>Throw away the {size} of {name} that have come?</source>
      <translation>届いている {name} の {size} を捨てますか？</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>再試行</translation>
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation>順番を待っています</translation>
    </message>
    <message>
      <source>Whole and checked: {total}</source>
      <translation>完了、確認済み: {total}</translation>
    </message>
    <message>
      <source>file {number} of {files}</source>
      <translation>ファイル {number}/{files}</translation>
    </message>
    <message>
      <source>hardly any data</source>
      <translation>データがほとんど届いていません</translation>
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation>{done} / {total}</translation>
    </message>
    <message>
      <source>{why}; trying again in {seconds} s ({count} of {tries})</source>
      <translation>{why}。{seconds} 秒後に再試行します（{count}/{tries}）</translation>
    </message>
  </context>
  <context>
    <name>Trash</name>
    <message>
      <source>Cancel</source>
      <translation>キャンセル</translation>
    </message>
    <message>
      <source>Delete for good</source>
      <translation>完全に削除</translation>
    </message>
    <message>
      <source>Delete {count} for good?</source>
      <translation>{count} 件を完全に削除しますか？</translation>
    </message>
    <message>
      <source>Deleted chats</source>
      <translation>削除したチャット</translation>
    </message>
    <message>
      <source>Deleted chats stay here for 30 days.</source>
      <translation>削除したチャットは 30 日間ここに残ります。</translation>
    </message>
    <message>
      <source>Restore</source>
      <translation>元に戻す</translation>
    </message>
    <message>
      <source>The trash is empty.</source>
      <translation>ゴミ箱は空です。</translation>
    </message>
    <message>
      <source>This cannot be undone. The copies of the last days (folder backups) and training files made of your chats (folder training) may still hold the words.</source>
      <translation>この操作は取り消せません。最近の日ごとのコピー（backups フォルダー）と、チャットから作った学習用ファイル（training フォルダー）には、内容がまだ残っていることがあります。</translation>
    </message>
    <message>
      <source>Trash</source>
      <translation>ゴミ箱</translation>
    </message>
  </context>
  <context>
    <name>TuningCard</name>
    <message>
      <source>2  Model and knobs</source>
      <translation>2  モデルと設定</translation>
    </message>
    <message>
      <source>A held-out question</source>
      <translation>検証用の質問</translation>
    </message>
    <message>
      <source>All knobs</source>
      <translation>すべての設定</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>モデル</translation>
    </message>
    <message>
      <source>Name of what is made</source>
      <translation>できるものの名前</translation>
    </message>
    <message>
      <source>One row at once</source>
      <translation>一度に 1 行</translation>
    </message>
    <message>
      <source>Save memory</source>
      <translation>メモリを節約</translation>
    </message>
    <message>
      <source>Shorter examples</source>
      <translation>例を短くする</translation>
    </message>
    <message>
      <source>activations</source>
      <translation>活性値</translation>
    </message>
    <message>
      <source>adapter</source>
      <translation>アダプター</translation>
    </message>
    <message>
      <source>gradients</source>
      <translation>勾配</translation>
    </message>
    <message>
      <source>libraries</source>
      <translation>ライブラリ</translation>
    </message>
    <message>
      <source>optimiser</source>
      <translation>オプティマイザー</translation>
    </message>
    <message>
      <source>this computer</source>
      <translation>このコンピューター</translation>
    </message>
    <message>
      <source>weights</source>
      <translation>重み</translation>
    </message>
    <message>
      <source>{word}: about {need} of {free} GB free on {device} ({parts}; an estimate).</source>
      <translation>{word}：{device} の空き {free} GB のうち約 {need} を使います（{parts}、見積もり）。</translation>
    </message>
  </context>
  <context>
    <name>UnderWay</name>
    <message>
      <source>Begins…</source>
      <translation>開始しています…</translation>
    </message>
    <message>
      <source>Comparing checksums</source>
      <translation>チェックサムを照合中</translation>
    </message>
    <message>
      <source>Getting {name}</source>
      <translation>{name} を取得中</translation>
    </message>
    <message>
      <source>See why in the Library</source>
      <translation>理由はライブラリで</translation>
    </message>
    <message>
      <source>Step {step} of {steps}</source>
      <translation>ステップ {step} / {steps}</translation>
    </message>
    <message>
      <source>Training {name}</source>
      <translation>{name} を学習中</translation>
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation>順番待ち</translation>
    </message>
    <message>
      <source>trying again</source>
      <translation>再試行中</translation>
    </message>
    <message>
      <source>{name} did not arrive</source>
      <translation>{name} の取得に失敗</translation>
    </message>
  </context>
  <context>
    <name>UndoBar</name>
    <message>
      <source>Archived “{title}”</source>
      <translation>「{title}」をアーカイブしました</translation>
    </message>
    <message>
      <source>Bring the chat back</source>
      <translation>チャットを元に戻します</translation>
    </message>
    <message>
      <source>Deleted “{title}”</source>
      <translation>削除：「{title}」</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>元に戻す</translation>
    </message>
  </context>
  <context>
    <name>Welcome</name>
    <message>
      <source>Choose a start, or write your own message below.</source>
      <translation>例から選ぶか、下の欄に自由に入力してください。</translation>
    </message>
    <message>
      <source>What shall we talk about?</source>
      <translation>何について話しましょうか？</translation>
    </message>
  </context>
  <context>
    <name>Window</name>
    <message>
      <source>ChatApp</source>
      <translation>ChatApp</translation>
    </message>
    <message>
      <source>How do I add a model?</source>
      <translation>モデルはどうやって追加しますか？</translation>
    </message>
    <message>
      <source>How much VRAM does an 8B model need?</source>
      <translation>8B モデルに必要な VRAM はどれくらいですか？</translation>
    </message>
    <message>
      <source>Keep the temporary chat or copy it, then open ChatApp again.</source>
      <translation>一時的なチャットを残すかコピーしてから、ChatApp を開き直してください。</translation>
    </message>
    <message>
      <source>Stay</source>
      <translation>このまま続ける</translation>
    </message>
    <message>
      <source>Tell me a short story about a robot.</source>
      <translation>ロボットの短い物語を聞かせてください。</translation>
    </message>
    <message>
      <source>The settings could not be saved. Free some space on the disk.</source>
      <translation>設定を保存できませんでした。ディスクの空きを増やしてください。</translation>
    </message>
    <message>
      <source>What does temperature do?</source>
      <translation>温度を変えると何が変わりますか？</translation>
    </message>
  </context>
  <context>
    <name>XRay</name>
    <message>
      <source>Answer</source>
      <translation>回答</translation>
    </message>
    <message>
      <source>Copy the prompt</source>
      <translation>プロンプトをコピー</translation>
    </message>
    <message>
      <source>Counting…</source>
      <translation>計算中…</translation>
    </message>
    <message>
      <source>From</source>
      <translation>発言者</translation>
    </message>
    <message>
      <source>In the prompt</source>
      <translation>プロンプト内</translation>
    </message>
    <message>
      <source>Messages of the prompt</source>
      <translation>プロンプトのメッセージ</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>システムプロンプト</translation>
    </message>
    <message>
      <source>Text</source>
      <translation>本文</translation>
    </message>
    <message>
      <source>The next overflow would leave out {next} messages.</source>
      <translation>次にあふれると {next} 件のメッセージが除かれます。</translation>
    </message>
    <message>
      <source>The oldest {dropped} messages are left out.</source>
      <translation>最も古い {dropped} 件のメッセージは除かれています。</translation>
    </message>
    <message>
      <source>The prompt as the model sees it</source>
      <translation>モデルから見たプロンプト</translation>
    </message>
    <message>
      <source>There is nothing to answer yet.</source>
      <translation>まだ答えるものがありません。</translation>
    </message>
    <message>
      <source>This prompt will not fit: it needs {used} tokens of {limit}.</source>
      <translation>このプロンプトは入りきりません。{used} トークン必要ですが、上限は {limit} です。</translation>
    </message>
    <message>
      <source>Tokens</source>
      <translation>トークン</translation>
    </message>
    <message>
      <source>You</source>
      <translation>あなた</translation>
    </message>
    <message>
      <source>goes next</source>
      <translation>次に除外</translation>
    </message>
    <message>
      <source>left out</source>
      <translation>除外</translation>
    </message>
    <message>
      <source>yes</source>
      <translation>はい</translation>
    </message>
    <message>
      <source>{used} of {limit} tokens, {own} of them from the template.</source>
      <translation>{limit} トークン中 {used}。うち {own} はテンプレートの分です。</translation>
    </message>
  </context>
</TS>
