// The server tells when the rest of an answer has come: a price, or an image that is read. What asks is then asked anew.
const MISSED_MS = 5000;
let waiting = null;

async function waitFor(url, ask) {
  if (waiting) waiting.abort();
  waiting = null;
  if (!url) return;
  const mine = new AbortController();
  waiting = mine;
  const reply = await fetch(url, { signal: mine.signal, cache: 'no-store' }).catch(() => null);
  if (waiting !== mine) return;
  waiting = null;
  if (reply && reply.ok) ask();
  else setTimeout(() => { if (!waiting) ask(); }, MISSED_MS);
}
