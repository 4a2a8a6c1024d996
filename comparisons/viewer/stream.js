// ----------------------------------------------------------------------------------------------------- what the server tells
// A stream of server-sent events, for as long as there is something to see: not while nobody looks at it, since a browser has
// few connections to one server, and taken up again after a server that was gone. It is read by hand, as a refusal has words.
const AGAIN_MS = [300, 1000, 2000, 3000];
const FULL_MS = 20000; // to a server that has too many readers
const SILENT_MS = 40000; // it sends a blank line every 15 s, so that a dead connection is noticed

class Refused extends Error {}

// Calls `hear` with each value, and `refused` with a sentence where there is nothing for us. Returns what ends it.
function readStream(url, hear, refused) {
  const one = { over: false, reading: null, tries: 0, again: null };
  const isSeen = () => document.visibilityState === 'visible' && element.getClientRects().length > 0;

  async function read() {
    const reading = new AbortController();
    one.reading = reading;
    let wait = null;
    try {
      const over = await readReply(url, reading, (value) => { one.tries = 0; if (!reading.signal.aborted) hear(value); });
      if (over) end();
    } catch (error) {
      if (error instanceof Refused && !reading.signal.aborted) wait = refuse(error);
    }
    if (one.reading === reading) one.reading = null;
    if (!one.over && isSeen() && !one.reading) later(wait);
  }

  function refuse(error) {
    refused(error.message);
    if (error.status === 429) return FULL_MS;
    end();
    return null;
  }

  function later(wait) {
    const usual = AGAIN_MS[Math.min(one.tries, AGAIN_MS.length - 1)];
    one.tries += 1;
    clearTimeout(one.again);
    one.again = setTimeout(look, (wait || usual) * (0.75 + Math.random() / 2)); // not all pages in the same moment
  }

  function look() {
    if (!element.isConnected) end();
    if (one.over) return;
    if (isSeen() && !one.reading) read();
    else if (!isSeen() && one.reading) one.reading.abort();
  }

  function end() {
    one.over = true;
    clearTimeout(one.again);
    if (one.reading) one.reading.abort();
    sized.disconnect();
    document.removeEventListener('visibilitychange', look);
  }

  const sized = new ResizeObserver(look); // of a tab of the page that is left, and come back to
  sized.observe(element);
  document.addEventListener('visibilitychange', look);
  look();
  return { url, end, isOver: () => one.over };
}

// True once the server said that this was all.
async function readReply(url, reading, hear) {
  const reply = await fetch(url, { signal: reading.signal, cache: 'no-store' });
  if (reply.status >= 400 && reply.status < 500) throw await refusalOf(reply);
  if (!reply.ok || !reply.body) return false;
  const chunks = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const silent = setTimeout(() => reading.abort(), SILENT_MS);
    const { done, value } = await chunks.read();
    clearTimeout(silent);
    if (done) return false;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      if (block.startsWith('event: end')) return true;
      if (block.startsWith('data: ')) hear(JSON.parse(block.slice(6)));
    }
  }
}

async function refusalOf(reply) {
  const told = await reply.json().catch(() => ({}));
  return Object.assign(new Refused(told.detail || 'The server has nothing to show here.'), { status: reply.status });
}
