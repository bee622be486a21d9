/**
 * Questions to a page, put into it before its own scripts: traces of traffic that became more than text, and what
 * people who use keyboard, magnifier or screen reader stumble over. Plain script: it runs in the browser. Every
 * question answers with a list of texts, empty when all is well.
 */
/* global window, document, MutationObserver, NodeFilter, getComputedStyle */
(() => {
  const CONTROLS =
    'a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=tab],[role=checkbox],[role=switch],[role=option],[role=menuitem],[role=dialog],[role=grid],table,[tabindex="0"]';
  const TEXT_CONTRAST = 4.5;
  const LARGE_CONTRAST = 3;

  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colors = new Map();

  /** Any colour of CSS as red, green, blue (0 to 255) and alpha (0 to 1). */
  const rgba = (color) => {
    let value = colors.get(color);
    if (value === undefined) {
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = color;
      paint.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
      value = [r, g, b, a / 255];
      colors.set(color, value);
    }
    return value;
  };

  const over = ([r, g, b, a], [R, G, B]) => [
    r * a + R * (1 - a),
    g * a + G * (1 - a),
    b * a + B * (1 - a),
    1,
  ];

  /** Relative luminance (WCAG 2.2). */
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.getClientRects().length > 0;

  const describe = (element) => {
    const name = element.className?.baseVal ?? element.className ?? '';
    const text = (element.textContent ?? '').trim().slice(0, 40);
    return `<${element.localName}${name === '' ? '' : ` class="${name}"`}> ${JSON.stringify(text)}`;
  };

  const nameOf = (element) => {
    const labelledBy = (element.getAttribute('aria-labelledby') ?? '')
      .split(/\s+/)
      .map((id) => (id === '' ? '' : (document.getElementById(id)?.textContent ?? '')))
      .join(' ');
    const texts = [
      labelledBy,
      element.getAttribute('aria-label'),
      ...Array.from(element.labels ?? [], (label) => label.textContent),
      element.localName === 'table' ? element.caption?.textContent : element.textContent,
      element.getAttribute('title'),
      element.getAttribute('value'),
    ];
    return texts.find((text) => (text ?? '').trim() !== '') ?? '';
  };

  /** Background under an element, all layers put together. */
  const backgroundOf = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
    }
    const canvas = getComputedStyle(document.documentElement).colorScheme.includes('dark')
      ? [18, 18, 18, 1]
      : [255, 255, 255, 1];
    return layers.reduceRight((under, layer) => over(layer, under), canvas);
  };

  /** Product of the opacities an element is drawn with. */
  const opacityOf = (element) => {
    let opacity = 1;
    for (let at = element; at !== null; at = at.parentElement) {
      opacity *= Number(getComputedStyle(at).opacity);
    }
    return opacity;
  };

  const news = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.classList?.contains('toast')) news.push(node.textContent);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  const isExempt = (element) =>
    element.closest('[disabled],[aria-disabled=true],[aria-hidden=true],.skip,option') !== null;

  const questions = {
    /** Script that ran, elements that came out of traffic. */
    traces: (flag, attribute) => {
      const found = [];
      if (window[flag] !== undefined) found.push(`script ran: ${window[flag]}`);
      const foreign = `[${attribute}],iframe,object,embed,base,form[action],a[href^="javascript:" i],a[href^="data:" i],script:not([src])`;
      for (const element of document.querySelectorAll(foreign)) found.push(describe(element));
      for (const element of document.querySelectorAll('*')) {
        for (const { name } of element.attributes) {
          if (/^on/i.test(name)) found.push(`${describe(element)} has ${name}`);
        }
      }
      return found;
    },

    /** Kinds of elements in the page. */
    tags: () =>
      [...new Set(Array.from(document.querySelectorAll('*'), ({ localName }) => localName))].sort(),

    /** Controls without a name. */
    unnamed: () =>
      Array.from(document.querySelectorAll(CONTROLS))
        .filter((element) => isShown(element) && element.closest('[aria-hidden=true]') === null)
        .filter((element) => nameOf(element) === '')
        .map(describe),

    /** Pictures nobody is told about. */
    undescribed: () =>
      Array.from(document.querySelectorAll('canvas,img,svg'))
        .filter(isShown)
        .filter((element) => element.closest('[aria-hidden=true]') === null)
        .filter((element) => nameOf(element.closest('[role=img]') ?? element) === '')
        .map(describe),

    /** Texts that are hard to read. */
    faint: () => {
      const found = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (walker.currentNode.data.trim() === '' || !isShown(element) || isExempt(element))
          continue;
        const style = getComputedStyle(element);
        const isSvg = element.namespaceURI === 'http://www.w3.org/2000/svg';
        const [r, g, b, a] = rgba(isSvg ? style.fill : style.color);
        const background = backgroundOf(element);
        const ratio = contrast(over([r, g, b, a * opacityOf(element)], background), background);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio >= (isLarge ? LARGE_CONTRAST : TEXT_CONTRAST)) continue;
        found.add(`${ratio.toFixed(2)}: ${describe(element)}`);
      }
      return [...found];
    },

    /** Headings that leave a level out, or none at all. */
    headings: () => {
      const levels = Array.from(document.querySelectorAll('h1,h2,h3,h4,h5,h6'))
        .filter(isShown)
        .map((element) => [Number(element.localName[1]), describe(element)]);
      const found = levels
        .filter(([level], i) => level > (levels[i - 1]?.[0] ?? 0) + 1)
        .map(([level, text]) => `level ${level} after ${levels.map(([l]) => l)}: ${text}`);
      if (levels.filter(([level]) => level === 1).length !== 1) found.push('not one h1');
      return found;
    },

    /** What breaks the order of tabs, or says one id twice. */
    order: () => {
      const positive = Array.from(document.querySelectorAll('[tabindex]'))
        .filter((element) => element.tabIndex > 0)
        .map((element) => `positive tabindex: ${describe(element)}`);
      const ids = Array.from(document.querySelectorAll('[id]'), ({ id }) => id);
      const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `id twice: ${id}`);
      return [...positive, ...twice];
    },

    /** What stands out to the right of the page. */
    wide: () => {
      const { clientWidth, scrollWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return [];
      const out = Array.from(document.body.querySelectorAll('*'))
        .filter(
          (element) => isShown(element) && element.getBoundingClientRect().right > clientWidth + 1,
        )
        .slice(-5);
      return [`${scrollWidth} instead of ${clientWidth}`, ...out.map(describe)];
    },

    /** The control that has the focus, and whether it, or what it stands in, looks different for that. */
    focus: () => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const looks = () => {
        const styles = [];
        const around = [element, element.parentElement, element.parentElement?.parentElement];
        for (const at of [...around, ...element.querySelectorAll('*')]) {
          if (at === null || at === undefined) continue;
          const style = getComputedStyle(at);
          styles.push(style.outline, style.boxShadow, style.borderColor, style.backgroundColor);
          styles.push(style.stroke, style.strokeWidth, style.fill);
        }
        return styles.join();
      };
      const focused = looks();
      element.blur();
      const isSeen = looks() !== focused;
      element.focus({ preventScroll: true, focusVisible: true });
      return { what: describe(element), isSeen };
    },

    /** What was said in passing since this was asked last; it goes again by itself. */
    news: () => news.splice(0),

    /** All text of the page, values of fields with it. */
    text: () => {
      const fields = Array.from(document.querySelectorAll('input,textarea'), ({ value }) => value);
      return `${document.body.innerText}\n${fields.join('\n')}`;
    },
  };

  window.stanzawatchPage = questions;
  document.addEventListener('securitypolicyviolation', (event) => {
    window.stanzawatchReport(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
})();
