/**
 * Which takes are in sight. WebKitGTK 2.50 has no picture of a clip outside the window, so that nothing can be drawn of one:
 * while two are compared, those out of sight stay in the window's corner, unseen (`pair.css`). And it shows nothing of a
 * paused clip that comes back with another tab, or that full screen put elsewhere, until that is sought.
 */
takes.sight = (() => {
  class Sight {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.observer = new IntersectionObserver((looks) => this.look(looks));
      room.root.addEventListener('fullscreenchange', () => room.player.showAgain());
    }

    /** @param {HTMLElement} node a take's stage, or its video element, which may be elsewhere */
    watch(node) {
      this.observer.observe(node);
    }

    /** @param {IntersectionObserverEntry[]} looks */
    look(looks) {
      let back = false;
      for (const { target, isIntersecting } of looks) {
        const { dataset } = /** @type {HTMLElement} */ (target);
        back = back || (target instanceof HTMLVideoElement && isIntersecting && dataset.away === 'true');
        dataset.away = String(!isIntersecting);
      }
      if (back) this.room.player.showAgain();
    }
  }

  return { Sight };
})();
