/** Tools for one take in the browser: shift it in time, move it in the grid, download or copy its clip. */
takes.tools = (() => {
  const { make } = takes.dom;
  const { linkTo, wordButton } = takes.elements;

  const COPIED_MS = 2000; // for how long a button says that it copied

  /**
   * A group of small buttons, with a word before them.
   *
   * @param {Element} meta
   * @param {string} className
   * @param {string} label
   * @param {string} words
   */
  function groupOf(meta, className, label, words) {
    const group = make('div', 'tg-tools ' + className, meta, { role: 'group', 'aria-label': label });
    make('span', '', group).textContent = words;
    return group;
  }

  /**
   * @param {Element} group
   * @param {string} act
   * @param {string} label
   * @param {string} words
   * @param {() => void} use
   */
  const tool = (group, act, label, words, use) => wordButton(group, 'tg-tool', { 'data-act': act, 'aria-label': label, title: label }, words, use);

  /**
   * Buttons that shift the take in time against the others, and one that plays only its sound.
   *
   * @param {Room} room
   * @param {Element} meta
   * @param {string} job
   */
  function toolsOf(room, meta, job) {
    const tools = groupOf(meta, 'tg-offset', 'This take against the others', 'Offset');
    /** @param {(clip: Clip) => void} use */
    const onClip = (use) => () => {
      room.grid.select(job);
      const clip = room.clips.get(job);
      if (clip) use(clip);
    };
    tool(tools, 'earlier', 'Show this take one frame earlier', '−', onClip((clip) => room.player.shift(clip, -1)));
    const shift = tool(tools, 'unshift', 'No offset', '0 f', onClip((clip) => room.player.shift(clip, 0)));
    tool(tools, 'later', 'Show this take one frame later', '+', onClip((clip) => room.player.shift(clip, 1)));
    const solo = tool(tools, 'solo', 'Hear this take alone', 'Listen', onClip((clip) => room.player.hearAlone(clip)));
    return { tools, shift, solo };
  }

  /**
   * Buttons that move the take among the others.
   *
   * @param {Room} room
   * @param {Element} meta
   * @param {string} job
   */
  function placingOf(room, meta, job) {
    const placing = groupOf(meta, 'tg-placing', 'Place of this take', 'Place');
    tool(placing, 'move-earlier', 'Move this take one place earlier ({)', '←', () => room.arrange.move(job, -1));
    tool(placing, 'move-later', 'Move this take one place later (})', '→', () => room.arrange.move(job, 1));
    const pin = tool(placing, 'pin', 'Keep this take before the others (P)', 'Pin', () => room.arrange.pin(job));
    tool(placing, 'hide', 'Hide this take (H)', 'Hide', () => room.arrange.hide(job));
    const tick = tool(placing, 'tick', 'Tick this take, to see it beside takes of other runs', 'Tick', () => {
      document.dispatchEvent(new CustomEvent('takes-tick', { detail: job }));
    });
    tick.dataset.tick = job;
    return { placing, pin, tick };
  }

  /**
   * Links to the take's clip.
   *
   * @param {Room} room
   * @param {Element} meta
   * @param {string} job
   */
  function linksOf(room, meta, job) {
    const links = groupOf(meta, 'tg-links', 'The clip of this take', 'Clip');
    const openClip = make('a', 'tg-tool', links, { 'data-act': 'open-clip', target: '_blank', rel: 'noopener' });
    const saveClip = make('a', 'tg-tool', links, { 'data-act': 'save-clip', download: '' });
    const copyLink = tool(links, 'copy-link', 'Copy a link to this take', 'Copy link', () => copyTo(copyLink, linkOf(room.link || '', job)));
    return { links, openClip, saveClip, copyLink };
  }

  /**
   * @param {ReturnType<typeof linksOf> & { tick: HTMLElement, data: CellValue }} cell
   * @param {string | null} link the run's address, if it has one
   */
  function paintLinks({ links, openClip, saveClip, copyLink, tick, data }, link) {
    links.hidden = !data.clip;
    const url = data.clip && data.clip.url;
    linkTo(openClip, url, 'Open');
    linkTo(saveClip, url, 'Download');
    copyLink.hidden = !link;
    tick.hidden = !link || !data.clip;
  }

  /**
   * The absolute URL of a run, or of one take in it.
   *
   * @param {string} link
   * @param {string} [job]
   */
  function linkOf(link, job) {
    const url = new URL(link, document.baseURI);
    if (job) url.searchParams.set('take', job);
    return url.href;
  }

  /**
   * Copies a text and says so on the button. If the browser forbids that, it shows the text to be copied by hand.
   *
   * @param {HTMLElement} button
   * @param {string} text
   */
  async function copyTo(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      window.prompt('Copy this:', text);
      return;
    }
    const before = button.textContent;
    if (button.dataset.copied) return;
    Object.assign(button.dataset, { copied: 'true' });
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = before; delete button.dataset.copied; }, COPIED_MS);
  }

  return { copyTo, linkOf, linksOf, paintLinks, placingOf, toolsOf };
})();
