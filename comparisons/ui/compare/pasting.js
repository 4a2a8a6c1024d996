/** An image that is pasted anywhere on the desk, or dropped on it, becomes the first frame, in place of the one that is there. */
takes.pasting = (() => {
  const FIELD = '#image input[type=file]';
  const WAIT_MS = 4000; // for the field that takes the place of an image that is taken away
  const READY_MS = 500; // until Gradio hears that field

  /**
   * The first image among what was pasted or dropped; null where there is none.
   *
   * @param {Iterable<{ type: string }>} files
   */
  const imageIn = (files) => Array.from(files).find((file) => file.type.startsWith('image/')) || null;

  /**
   * The field for the image's file, once it is there.
   *
   * @param {number} until by the page's clock
   * @returns {Promise<HTMLInputElement | null>}
   */
  async function field(until) {
    const found = document.querySelector(FIELD);
    if (found instanceof HTMLInputElement) return found;
    if (performance.now() > until) return null;
    await new Promise((done) => { setTimeout(done, 50); });
    return field(until);
  }

  /** @param {File} file */
  async function give(file) {
    const away = document.querySelector('#image img') && document.querySelector('#image button[aria-label]');
    if (away instanceof HTMLElement) {
      away.click();
      await new Promise((done) => { setTimeout(done, READY_MS); });
    }
    const input = await field(performance.now() + WAIT_MS);
    if (!input) return;
    const all = new DataTransfer();
    all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /**
   * @param {Event} event
   * @param {DataTransfer | null} told
   */
  function take(event, told) {
    const file = told && imageIn(told.files);
    if (!(file instanceof File)) return; // words go where they are pasted
    event.preventDefault();
    give(file);
  }

  /** @param {HTMLElement} desk */
  function watch(desk) {
    document.addEventListener('paste', (event) => { if (desk.offsetParent) take(event, event.clipboardData); });
    desk.addEventListener('dragover', (event) => event.preventDefault());
    desk.addEventListener('drop', (event) => {
      const within = event.target instanceof Element && event.target.closest('#last-image, #references, #image');
      if (!within) take(event, event.dataTransfer);
    });
  }

  return { imageIn, watch };
})();
