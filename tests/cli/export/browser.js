// browser.js CHROMIUM PAGE OUT PICTURE...: opens PAGE from the disk in a headless Chromium, chooses each picture as a person would, and
// writes what the page says of it to OUT, one line of JSON a picture. Fails when the page asks for anything that is not in its folder.
// PAGE.png beside OUT is how it looks.
const { spawn } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

// Chromium's own protocol, over two pipes: messages of JSON that end with a zero byte.
function open(program, profile) {
  const browser = spawn(program, ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,1400",
    "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const waiting = new Map(), heard = [];
  let rest = "", last = 0;
  browser.stdio[4].on("data", (bytes) => {
    const messages = (rest + bytes).split("\0");
    rest = messages.pop();
    for (const message of messages.map((m) => JSON.parse(m))) {
      if (!message.id) heard.push(message);
      else if (message.error) waiting.get(message.id).reject(new Error(JSON.stringify(message.error)));
      else waiting.get(message.id).resolve(message.result);
    }
  });
  const call = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
  });
  return { browser, heard, call };
}

async function look(call, heard, page, out, pictures) {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, params) => call(method, params, sessionId);
  const value = async (expression) => {
    const answer = await ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
    return answer.result.value;
  };
  const until = async (expression) => {
    for (;;) {
      if (await value(expression)) return;
      if (await value('document.querySelector("#state.fault") !== null')) throw new Error(await value('document.getElementById("state").textContent'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await ask("Network.enable");
  await ask("Runtime.enable");
  await ask("Page.enable");
  await ask("Page.navigate", { url: "file://" + path.resolve(page, "index.html") });
  await until('document.readyState === "complete" && typeof agrTake === "function"');
  const lines = [];
  for (const picture of pictures) {
    await value("agrSaid = null, true");
    const { root } = await ask("DOM.getDocument");
    const { nodeId } = await ask("DOM.querySelector", { nodeId: root.nodeId, selector: "#file" });
    await ask("DOM.setFileInputFiles", { nodeId, files: [path.resolve(picture)] });
    await until("agrSaid !== null");
    lines.push(await value(`JSON.stringify({path: ${JSON.stringify(picture)}, said: agrSaid, shown: agrElement("heads").textContent, method: agrMethod(agrRecipe, agrPicture)})`));
  }
  fs.writeFileSync(out, lines.join("\n") + "\n");
  const { data } = await ask("Page.captureScreenshot", { captureBeyondViewport: true });
  fs.writeFileSync(out + ".png", Buffer.from(data, "base64"));
  const strangers = heard.filter((m) => m.method === "Network.requestWillBeSent").map((m) => m.params.request.url).filter((url) => !/^(file|blob|data|about):/.test(url));
  if (strangers.length > 0) throw new Error("the page asked for " + strangers.join(", "));
  const faults = heard.filter((m) => m.method === "Runtime.exceptionThrown");
  if (faults.length > 0) throw new Error(JSON.stringify(faults[0].params));
}

async function main() {
  const [program, page, out, ...pictures] = process.argv.slice(2);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
  const { browser, heard, call } = open(program, profile);
  const end = setTimeout(() => { console.error("the page said nothing for two minutes"); browser.kill("SIGKILL"); process.exit(1); }, 120000);
  try {
    await look(call, heard, page, out, pictures);
  } finally {
    clearTimeout(end);
    browser.kill("SIGKILL");
    await new Promise((resolve) => browser.on("close", resolve));
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exitCode = 1;
});
