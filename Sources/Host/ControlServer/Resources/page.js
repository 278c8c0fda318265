// The page of a bluetap: shows a device as its events tell of it, and steers it by the control API.

const outcomes = {
  "pays": "pays", "pays-later": "pays later", "needs-password": "needs a password", "declines": "declines",
  "walks-away": "walks away", "taps-twice": "taps twice", "wrong-wallet": "has the wrong wallet",
  "arrives-late": "arrives late", "loses-network": "loses the network",
};
const states = {
  detached: "Detached: no host sees it", idle: "Idle: no link", linkReady: "Link ready: waits for a tap",
  linkOpened: "Link opened by a phone",
};
// The light follows at once; all else when the device has been asked.
const stateAfter = {
  attached: "idle", detached: "detached", linkReady: "linkReady", linkTapped: "linkOpened", linkExpired: "idle",
  linkCancelled: "idle",
};
const reasons = [
  "USER_BALANCE_NOT_ENOUGH", "RISK_REJECT", "USER_NOT_EXIST", "USER_STATUS_ABNORMAL", "UNAVAILABLE_PAYMENT_METHOD",
  "USER_PAYMENT_VERIFICATION_FAILED", "MERCHANT_NOT_REGISTERED",
];
const mostEvents = 200;
const mostPayments = 50;
// A stream of events says every 15 s that it is alive.
const longestSilence = 20000;
const longestCall = 10000;

const element = id => document.getElementById(id);
// What has not changed is left alone: it is not drawn again, nor said again to those who listen.
function say(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}
// Where the API wants a token, the address has it behind #token=; it is not sent with the address.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
let device = null;
// Virtual time: what the server said, and when by this page's own clock.
let clock = null;
let link = null;

function headers(more = {}) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function call(method, path, body) {
  const answer = await fetch(`v1/${path}`, {
    method, headers: headers(body ? { "Content-Type": "application/json" } : {}),
    body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(longestCall),
  });
  const type = answer.headers.get("Content-Type") ?? "";
  const content = type.includes("json") ? await answer.json() : await answer.text();
  if (answer.status === 401) throw new Error("A token is wanted: put #token=TOKEN behind this page's address.");
  if (!answer.ok) throw new Error(content.detail ?? content.title ?? `status ${answer.status}`);
  return content;
}

const path = name => `devices/${encodeURIComponent(device)}/${name}`;

function complain(error) {
  const problem = element("problem");
  problem.textContent = error.name === "TimeoutError" ? "The device does not answer." : error.message ?? String(error);
  problem.hidden = false;
}

// What was complained of stays until somebody tries something else.
async function steer(method, name, body) {
  element("problem").hidden = true;
  try {
    const answer = await call(method, path(name), body);
    if (answer.device) show(answer.device);
    return answer;
  } catch (error) {
    complain(error);
  }
}

// Device and link

function show(view) {
  // The answer of somebody who has gone meanwhile.
  if (document.body.classList.contains("gone")) return;
  clock = { now: Date.parse(view.now), at: performance.now(), runs: view.clock === "running" };
  document.body.dataset.state = view.state;
  say("state", states[view.state] ?? view.state);
  say("facts", `${view.transport}, profile ${view.profile}` + (view.journalFailure ? `; ${view.journalFailure}` : ""));
  say("clock", clock.runs ? "(runs)" : "(stands still)");
  for (const id of ["cancel", "reset"]) element(id).disabled = view.state === "detached";
  choose("unplug", "plug", view.state !== "detached");
  choose("freeze", "resume", clock.runs);
  showLink(view.link);
  tick();
}

// Of two buttons one can be pressed; the focus goes with that.
function choose(first, second, isFirst) {
  const [enabled, disabled] = isFirst ? [first, second] : [second, first];
  const hadFocus = document.activeElement === element(disabled);
  element(enabled).disabled = false;
  element(disabled).disabled = true;
  if (hadFocus) element(enabled).focus();
}

function showLink(next) {
  const isOther = next?.url !== link?.url;
  link = next;
  element("link").hidden = !link;
  element("no-link").hidden = Boolean(link);
  if (!link || !isOther) return;
  element("url").textContent = link.url;
  element("url").href = link.url.startsWith("https://") ? link.url : "about:blank";
  element("link-order").textContent = [link.paymentMethod, link.amount, link.orderId && `order ${link.orderId}`]
    .filter(Boolean).join(", ");
  showCode(link.url);
}

async function showCode(url) {
  try {
    const text = await call("GET", path(`link.svg?of=${encodeURIComponent(url)}`));
    // The link has gone already.
    if (!text) return element("qr").replaceChildren();
    const image = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (link?.url === url) element("qr").replaceChildren(document.importNode(image, true));
  } catch {
    element("qr").replaceChildren();
  }
}

function tick() {
  if (!clock) return;
  const now = clock.now + (clock.runs ? performance.now() - clock.at : 0);
  say("now", new Date(now).toISOString().replace("T", " ").slice(0, 19));
  if (!link) return;
  // A second that has begun is left.
  const left = Math.max(0, Math.ceil((Date.parse(link.expiresAt) - now) / 1000));
  say("countdown", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
  // The waves come and go with the seconds: once each, and not sixty times as with an animation.
  document.body.classList.toggle("odd", left % 2 === 1);
}

// Events

const quiet = new Set(["seq", "time", "device", "kind", "report", "answers", "url", "expiresAt"]);
const spaced = hex => hex.replace(/../g, "$& ").trim();

function describe(event) {
  return Object.entries(event).filter(([key]) => !quiet.has(key))
    .filter(([, value]) => value !== false).map(([key, value]) => `${key} ${value}`).join(", ");
}

function list(event) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = event.time;
  time.textContent = event.time.slice(11, 23);
  const kind = document.createElement("b");
  kind.textContent = event.kind;
  const words = document.createElement("span");
  words.textContent = describe(event);
  if (event.report) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const bytes = document.createElement("pre");
    summary.append(time, " ", kind, " ", words);
    bytes.textContent = [event.report, ...(event.answers?.split(" ") ?? [])].map(spaced).join("\n");
    details.append(summary, bytes);
    item.append(details);
  } else {
    item.append(time, " ", kind, " ", words);
  }
  element("events").prepend(item);
  while (element("events").childElementCount > mostEvents) element("events").lastElementChild.remove();
  if (event.wallet) element("phone-news").textContent = `${event.wallet}: ${event.kind}${event.reason ? `, ${event.reason}` : ""}`;
}

// Server-sent events by fetch, which can send a token, and tells at once that the server is gone.
// A page that nobody sees lets go of its stream: browsers have six connections for all pages of one server.
let last = 0;
let instance = null;
let following = null;
let lastHeard = 0;
async function follow(id) {
  following?.abort();
  if (document.hidden) return;
  const mine = following = new AbortController();
  lastHeard = performance.now();
  while (!mine.signal.aborted) {
    try {
      const answer = await fetch(`v1/devices/${encodeURIComponent(id)}/events`, {
        headers: headers({ Accept: "text/event-stream", "Last-Event-ID": String(last) }), signal: mine.signal,
        cache: "no-store",
      });
      // Another program has other devices, and other events of the same numbers.
      const other = answer.headers.get("Bluetap-Instance");
      if (answer.status === 404 || answer.ok && instance !== null && other !== instance) return start();
      if (!answer.ok) throw new Error((await answer.json()).detail);
      instance = other;
      lastHeard = performance.now();
      connected(true);
      look();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        lastHeard = performance.now();
        if (done) break;
        text += value;
        const messages = text.split("\n\n");
        text = messages.pop();
        let isNew = false;
        let state;
        for (const message of messages) {
          const data = message.split("\n").filter(line => line.startsWith("data: ")).map(line => line.slice(6)).join("\n");
          if (!data) continue;
          const event = JSON.parse(data);
          if (!event.kind) continue;
          last = event.seq;
          state = stateAfter[event.kind] ?? state;
          list(event);
          isNew = true;
        }
        if (state) document.body.dataset.state = state;
        if (isNew) look();
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      // Somebody answered, and said why not.
      if (!(error instanceof TypeError)) complain(error);
    }
    if (mine.signal.aborted) return;
    connected(false);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

document.addEventListener("visibilitychange", () => {
  if (!device) return;
  if (document.hidden) following?.abort();
  else follow(device);
});

// However fast events come, the device is asked ten times a second at most: at once, and once more at the end.
let isLooking = false;
let looksAgain = false;
async function look() {
  looksAgain = true;
  if (isLooking) return;
  isLooking = true;
  while (looksAgain) {
    looksAgain = false;
    try {
      const asked = device;
      const view = await call("GET", path("device"));
      // Meanwhile another may have been chosen.
      if (asked === device) show(view);
    } catch {
      // The stream of events tells that the device is gone.
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  isLooking = false;
}

function connected(isConnected) {
  say("connection", isConnected ? "connected" : "the device is gone; looking for it again");
  if (document.body.classList.toggle("gone", !isConnected)) {
    // What was true is not known to be so any longer.
    clock = null;
    document.body.dataset.state = "gone";
    say("state", "Gone: nothing answers");
    for (const id of ["facts", "clock", "now", "phone-news", "pay-news"]) say(id, "");
    showLink(null);
    element("no-link").hidden = true;
  }
  for (const button of document.querySelectorAll("main button")) button.disabled = !isConnected;
}

// What others do to the clock is no event.
let isRefreshing = false;
async function refresh() {
  if (document.hidden || !device || isRefreshing) return;
  if (performance.now() - lastHeard > longestSilence) {
    // Whoever is there says nothing any more.
    connected(false);
    follow(device);
  }
  if (document.body.classList.contains("gone")) return;
  isRefreshing = true;
  try {
    const asked = device;
    const view = await call("GET", path("device"));
    const { faults } = await call("GET", path("faults"));
    if (asked === device) {
      show(view);
      showFaults(faults);
    }
    if (hasSandbox) {
      showPayments(await call("GET", `sandbox/payments?newest=${mostPayments}`));
      showRefusals((await call("GET", "sandbox/refusals")).refusals);
    }
  } catch {
    // The stream of events tells that the device is gone.
  }
  isRefreshing = false;
}

function showFaults(faults) {
  const texts = faults.map(fault => `${fault.name} (fired ${fault.fired})`);
  const items = texts.map(text => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  });
  const shown = [...element("faults").children].map(item => item.textContent);
  if (shown.join("\n") !== texts.join("\n")) element("faults").replaceChildren(...items);
}

// What the payment sandbox knows, where there is one.

let hasSandbox = false;
let shownPayments = "";

const payable = { processing: ["pay", "cancel"], succeeded: ["refund", "notify"] };

function showPayments({ payments, problems }) {
  // Whoever has the focus on a button keeps it: what has not changed is left as it is.
  const text = JSON.stringify([payments, problems]);
  if (text === shownPayments) return;
  shownPayments = text;
  const focus = document.activeElement?.dataset?.payment ? { ...document.activeElement.dataset } : null;
  element("payments").replaceChildren(...problems.map(problemItem), ...payments.map(paymentItem));
  if (payments.length === 0) element("payments-news").textContent = "None yet.";
  if (!focus) return;
  for (const button of element("payments").querySelectorAll("button")) {
    if (button.dataset.payment === focus.payment && button.dataset.action === focus.action) button.focus();
  }
}

// Requests refused for their signatures: why, and the string that is verified beside the one that was signed.
function showRefusals(refusals) {
  const texts = refusals.slice(-10).reverse().map(refusal => [
    `${refusal.time.slice(11, 19)} refused ${refusal.target}: ${refusal.reason}`, `verified: ${refusal.verified}`,
    refusal.signed && `signed: ${refusal.signed}`, refusal.difference,
  ].filter(Boolean).join("\n"));
  const shown = [...element("refusals").children].map(item => item.textContent);
  if (shown.join("\n\n") === texts.join("\n\n")) return;
  element("refusals").replaceChildren(...texts.map(text => {
    const item = document.createElement("li");
    const words = document.createElement("pre");
    words.textContent = text;
    item.append(words);
    return item;
  }));
}

// A link that could not be paid.
function problemItem(problem) {
  const item = document.createElement("li");
  item.textContent = `${problem.time.slice(11, 19)} not paid: ${problem.text}`;
  return item;
}

function paymentItem(payment) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = payment.createdAt;
  time.textContent = payment.createdAt.slice(11, 19);
  const state = document.createElement("b");
  state.textContent = payment.state;
  const words = document.createElement("span");
  words.append(time, " ", state, " ", [
    `${payment.amount} ${payment.currency}`, payment.orderId && `order ${payment.orderId}`,
    payment.wallet && `by ${payment.wallet}`, payment.failure,
    payment.refunded !== "0" && `refunded ${payment.refundedAmount}${payment.isFullyRefunded ? " in full" : ""}`,
    `id ${payment.id}`, ...(payment.marks ?? []),
  ].filter(Boolean).join(", "));
  item.append(words);
  for (const action of payable[payment.state] ?? []) {
    if (action === "refund" && payment.isFullyRefunded) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action;
    button.dataset.payment = payment.id;
    button.dataset.action = action;
    button.setAttribute("aria-label", `${action} payment ${payment.orderId ?? payment.id}`);
    button.addEventListener("click", () => settle(payment, action));
    item.append(button);
  }
  return item;
}

async function settle(payment, action) {
  element("problem").hidden = true;
  const body = action === "pay" ? { wallet: element("wallet").value } : {};
  try {
    const answer = await call("POST", `sandbox/payments/${payment.id}/${action}`, body);
    const words = { pay: answer.settlement, cancel: "cancelled", refund: "refunded", notify: "told again" };
    element("payments-news").textContent = `${payment.orderId ?? payment.id}: ${words[action]}`;
  } catch (error) {
    complain(error);
  }
  refresh();
}

// Beginning

// From the latest events that the page has room for.
async function turnTo(id) {
  following?.abort();
  device = id;
  for (const name of ["events", "phone-news", "pay-news"]) element(name).replaceChildren();
  const { lastSequence } = await call("GET", path("device"));
  // Meanwhile another may have been chosen.
  if (device !== id) return;
  last = Math.max(0, lastSequence - mostEvents);
  instance = null;
  follow(id);
}

function option(value, text = value) {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  return option;
}

function submit(id, action) {
  element(id).addEventListener("submit", event => {
    event.preventDefault();
    action();
  });
}

// As the POS hears of it, and why the device refused.
async function command(name, fields) {
  element("pay-news").textContent = "";
  const answer = await steer("POST", name, fields);
  if (!answer) return;
  const result = answer.events.findLast(event => event.kind === "replySent")?.result ?? "no reply";
  const reason = answer.events.findLast(event => event.kind === "commandRejected")?.reason;
  element("pay-news").textContent = `The POS hears: ${result}${reason ? ` (${reason})` : ""}`;
}

const click = (id, action) => element(id).addEventListener("click", action);

async function start() {
  try {
    await begin();
  } catch (error) {
    connected(false);
    complain(error);
    setTimeout(start, 3000);
  }
}

async function begin() {
  const { devices, ...also } = await call("GET", "devices");
  hasSandbox = also.hasSandbox;
  element("payments-section").hidden = !hasSandbox;
  element("device").replaceChildren(...devices.map(view => option(view.id)));
  for (const id of ["outcome", "reason"]) element(id).replaceChildren(element(id).firstElementChild);
  element("device-choice").hidden = devices.length < 2;
  const { wallets } = await call("GET", "wallets");
  element("wallet").replaceChildren(
    ...wallets.map(known => option(known.wallet, `${known.wallet}: ${outcomes[known.outcome] ?? known.outcome}`)));
  for (const [value, text] of Object.entries(outcomes)) element("outcome").append(option(value, text));
  for (const reason of reasons) element("reason").append(option(reason));
  const { kinds } = await call("GET", "faults/kinds");
  element("kind").replaceChildren(...kinds.map(kind => option(kind.name)));
  element("kind").onchange = () => showKind(kinds.find(kind => kind.name === element("kind").value));
  element("kind").onchange();
  // The one that was looked at, where there is one of that name again.
  const chosen = devices.find(view => view.id === device) ?? devices[0];
  element("device").value = chosen.id;
  await turnTo(chosen.id);
}

function showKind(kind) {
  element("kind-summary").textContent = kind?.summary ?? "";
  const labels = (kind?.settings ?? []).map(setting => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.dataset.setting = setting;
    input.autocomplete = "off";
    label.append(setting, " ", input);
    return label;
  });
  element("kind-settings").replaceChildren(...labels);
}

element("device").addEventListener("change", event => turnTo(event.target.value).catch(complain));
click("unplug", () => steer("POST", "unplug", {}));
click("plug", () => steer("POST", "plug", {}));
click("reset", () => steer("POST", "reset", {}));
click("cancel", () => command("cancel", element("order").value ? { orderId: element("order").value } : {}));
click("freeze", () => steer("POST", "clock", { mode: "frozen" }));
click("resume", () => steer("POST", "clock", { mode: "running" }));
click("next", () => steer("POST", "clock", { next: "after" }));
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => steer("POST", "clock", { advance: Number(button.dataset.advance) }));
}
click("clear-faults", async () => {
  const answer = await steer("DELETE", "faults");
  if (answer) showFaults(answer.faults);
});
submit("fault", async () => {
  const fault = { name: element("kind").value };
  for (const input of element("kind-settings").querySelectorAll("input")) {
    const text = input.value.trim();
    if (text) fault[input.dataset.setting] = Number.isNaN(Number(text)) ? text : Number(text);
  }
  await steer("POST", "faults", fault);
  refresh();
});
submit("pay", () => {
  const fields = { paymentMethod: element("method").value };
  if (element("amount").value) fields.amount = element("amount").value;
  if (element("order").value) fields.orderId = element("order").value;
  if (element("expiry").value) fields.expiryTime = Number(element("expiry").value);
  command("pay", fields);
});
submit("tap", () => {
  const tap = { wallet: element("wallet").value };
  if (element("outcome").value) tap.outcome = element("outcome").value;
  if (element("reason").value) tap.reason = element("reason").value;
  if (element("after").value) tap.after = Number(element("after").value);
  steer("POST", "tap", tap);
});
setInterval(tick, 200);
setInterval(refresh, 1000);
start();
