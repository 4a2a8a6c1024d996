/** Changes nodes into those of new HTML without replacing them, so that the focus and open details stay, and bars animate. */
takes.morph = (() => {
  /**
   * @param {Node} node
   * @param {string} html in which all text that people wrote is escaped
   */
  function morph(node, html) {
    const like = document.createElement('template');
    like.innerHTML = html;
    become(node, like.content);
  }

  /**
   * @param {Node} node
   * @param {Node} like
   */
  function become(node, like) {
    const wanted = Array.from(like.childNodes);
    while (node.lastChild && node.childNodes.length > wanted.length) node.lastChild.remove();
    wanted.forEach((each, index) => {
      const now = node.childNodes[index];
      if (!now) node.appendChild(each);
      else if (now.nodeName !== each.nodeName) now.replaceWith(each);
      else if (now instanceof Element && each instanceof Element) {
        dress(now, each);
        become(now, each);
      } else if (now.nodeValue !== each.nodeValue) now.nodeValue = each.nodeValue;
    });
  }

  /**
   * @param {Element} node
   * @param {Element} like
   */
  function dress(node, like) {
    for (const { name } of Array.from(node.attributes)) if (!like.hasAttribute(name) && name !== 'open') node.removeAttribute(name);
    for (const { name, value } of Array.from(like.attributes)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

  return { morph };
})();
