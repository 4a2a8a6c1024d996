/** Elements that several parts of a viewing room use. */
takes.elements = (() => {
  const { make, put } = takes.dom;

  /** For how many milliseconds a button is disabled after a press, so that the server has time to answer. */
  const REST_MS = 4000;
  const SVG = 'http://www.w3.org/2000/svg';
  /** @type {Record<string, string>} */
  const ICONS = {
    play: 'M4.5 2.5v11l8.5-5.5z',
    pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
    back: 'M3 3h1.8v10H3zM13 3v10L6 8z',
    forward: 'M11.2 3H13v10h-1.8zM3 3v10l7-5z',
    loop: 'M4 3.5h6.5A3.5 3.5 0 0 1 14 7v.5h-1.6V7a1.9 1.9 0 0 0-1.9-1.9H4v2L1 4.3l3-2.8zM12 12.5H5.5A3.5 3.5 0 0 1 2 9v-.5h1.6V9a1.9 1.9 0 0 0 1.9 1.9H12v-2l3 2.8-3 2.8z',
    sound: 'M2 6h2.5L8 3v10L4.5 10H2zM10 5.3a4 4 0 0 1 0 5.4l1 1.100a5.5 5.5 0 0 0 0-7.6z',
    full: 'M2 2h4v1.6H3.6V6H2zM10 2h4v4h-1.6V3.6H10zM2 10h1.6v2.4H6V14H2zM12.4 10H14v4h-4v-1.6h2.4z',
    mute: 'M2 6h2.5L8 3v10L4.5 10H2zM14.5 6.3l-1-1L12 6.9l-1.5-1.6-1 1L11 8 9.5 9.700l1 1L12 9.100l1.5 1.6 1-1L13 8z',
  };

  /**
   * Puts an icon into a button, in place of what is in it.
   *
   * @param {HTMLElement} button
   * @param {string} name
   */
  function icon(button, name) {
    if (button.dataset.icon === name) return;
    button.dataset.icon = name;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 16 16');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', ICONS[name]);
    svg.append(path);
    button.replaceChildren(svg);
  }

  /**
   * A button that asks the server for something. A press may cost money, so it must be one event: the button is disabled for a
   * while afterwards, and the focus moves to the room, where Space plays and cannot press the button again.
   *
   * @param {Room} room
   * @param {Element} parent
   * @param {string} act
   * @param {() => void} tell
   */
  function askingButton(room, parent, act, tell) {
    const button = make('button', 'tg-act', parent, { type: 'button', 'data-act': act });
    button.addEventListener('click', () => {
      if (button.disabled) return;
      button.disabled = true;
      setTimeout(() => { button.disabled = false; }, REST_MS);
      tell();
      room.root.focus({ preventScroll: true });
    });
    return button;
  }

  /**
   * A button with a word on it.
   *
   * @param {Element} parent
   * @param {string} className
   * @param {Record<string, string>} attributes
   * @param {string} words
   * @param {() => void} onClick
   */
  function wordButton(parent, className, attributes, words, onClick) {
    const button = make('button', className, parent, { type: 'button', ...attributes });
    button.textContent = words;
    button.addEventListener('click', onClick);
    return button;
  }

  /**
   * A field with a word before it.
   *
   * @param {Element} parent
   * @param {string} words
   * @param {Record<string, string>} [attributes]
   */
  function labeled(parent, words, attributes = {}) {
    const label = make('label', 'tg-pick', parent, attributes);
    make('span', '', label).textContent = words;
    return label;
  }

  /**
   * Adds or removes children until a parent has so many; existing ones stay.
   *
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Element} parent
   * @param {number} count
   * @param {Tag} tag
   * @param {string} className
   * @returns {HTMLElementTagNameMap[Tag][]}
   */
  function keep(parent, count, tag, className) {
    while (parent.lastElementChild && parent.children.length > count) parent.lastElementChild.remove();
    while (parent.children.length < count) make(tag, className, parent);
    return /** @type {HTMLElementTagNameMap[Tag][]} */ (/** @type {unknown} */ (Array.from(parent.children)));
  }

  /**
   * Shows these lines in a list; `marks` are the phases that the lines are about, for their colour.
   *
   * @param {HTMLElement} parent
   * @param {string[]} lines
   * @param {string} className
   * @param {string[]} [marks]
   */
  function list(parent, lines, className, marks = []) {
    parent.hidden = lines.length === 0;
    keep(parent, lines.length, 'li', className).forEach((item, index) => {
      put(item, lines[index]);
      if (marks[index]) item.dataset.phase = marks[index];
    });
  }

  /**
   * Sets a link's words and URL; without a URL it is hidden.
   *
   * @param {HTMLAnchorElement} link
   * @param {string | null | undefined} url
   * @param {string} words
   */
  function linkTo(link, url, words) {
    put(link, url ? words : '');
    if (url) link.href = url;
  }

  /**
   * Where a pointer is in an element: fractions of its width and of its height.
   *
   * @param {Element} node
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  function placeIn(node, event) {
    const box = node.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  return { REST_MS, icon, askingButton, wordButton, labeled, keep, list, linkTo, placeIn };
})();
