// Looks at the page of halyard serve as a person does, with keyboard and pointer.
'use strict';

module.exports = async ({ page, tell, hear }, task) => {
  const foreign = [];
  page.on('request', (request) => { if (!request.url().startsWith(task.url) && !request.url().startsWith('data:')) foreign.push(request.url()); });
  await page.goto(task.url + '/');
  if (task.key) {
    await page.locator('#login').waitFor();
    await page.fill('#key', 'wrong');
    await page.click('#login button');
    await page.getByText('The key is wrong.').waitFor();
    await page.fill('#key', task.key);
    await page.click('#login button');
  }
  await page.locator('#main').waitFor();
  await page.locator('.flag').first().waitFor();
  await page.fill('#context', task.context);
  await page.waitForFunction((expected) => document.querySelector('#space').textContent.includes(expected), task.expected);
  tell('ready', { count: await page.textContent('#count'), rows: await page.locator('.flag').count() });

  for (;;) {
    const { name, value } = await hear();
    if (name === 'end') {
      tell('end', { foreign, url: page.url() });
      return;
    }
    if (name === 'search') {
      const began = Date.now();
      await page.fill('#search', value);
      await page.waitForFunction((text) => [...document.querySelectorAll('.flag .name')].every((one) => one.textContent.includes(text)), value);
      tell('found', { count: await page.textContent('#count'), first: await page.locator('.flag .name').first().textContent(), ms: Date.now() - began });
    } else if (name === 'scroll') {
      // To the end and back by keys, and by a wheel's steps.
      await page.focus('#flags');
      await page.keyboard.press('End');
      await page.waitForFunction((text) => document.querySelector('.flag.current .name')?.textContent === text, value);
      const times = await page.evaluate(async () => {
        const list = document.querySelector('#flags');
        const frames = [];
        for (let i = 0; i < 60; i++) {
          list.scrollTop = (list.scrollHeight * i) / 60;
          const began = performance.now();
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          frames.push(performance.now() - began);
        }
        return frames.sort((x, y) => x - y);
      });
      tell('scrolled', { rows: await page.locator('.flag').count(), median: times[30] });
    } else if (name === 'open') {
      await page.fill('#search', value);
      await page.locator('.flag .name', { hasText: value }).first().click();
      await page.waitForFunction((text) => document.querySelector('#detail-title').textContent === text && document.querySelector('#words').textContent !== '', value);
      tell('opened', {
        words: await page.textContent('#words'),
        steps: await page.locator('#steps li').allInnerTexts(),
        served: await page.textContent('#served'),
        depends: await page.textContent('#depends'),
        needed: await page.textContent('#needed'),
      });
    } else if (name === 'context') {
      await page.fill('#context', value);
      tell('done');
    } else if (name === 'press') {
      await page.focus('#flags');
      await page.keyboard.press(value);
      tell('done');
    } else if (name === 'click') {
      await page.click(value);
      tell('done');
    } else if (name === 'value') {
      await page.selectOption('#value', { index: Number(value) });
      tell('done');
    } else if (name === 'until') {
      await page.waitForFunction(([selector, text]) => document.querySelector(selector)?.textContent.includes(text), value);
      tell('done');
    } else if (name === 'visible') {
      await page.locator(value).waitFor();
      tell('done');
    } else if (name === 'flash') {
      await page.waitForFunction((text) => [...document.querySelectorAll('.flash .name')].some((one) => one.textContent.startsWith(text)), value);
      tell('done');
    } else if (name === 'picture') {
      await page.emulateMedia({ colorScheme: value.scheme });
      await page.setViewportSize({ width: value.width, height: value.height });
      await page.waitForFunction(({ scheme, width }) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches && innerWidth === width, value);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await page.screenshot({ path: value.path });
      tell('taken', { overflow: wide, contrast: await page.evaluate(contrast) });
    }
  }
};

// The least contrast between a text and what is behind it, as WCAG counts it.
function contrast() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let least = { ratio: 99, text: '' };
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()).join('');
    if (!own || !element.checkVisibility() || element.closest('.visually-hidden, .skip, option, .flash')) continue;
    let behind = element;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const [x, y] = [light(rgb(getComputedStyle(element).color).slice(0, 3)), light(rgb(getComputedStyle(behind ?? document.body).backgroundColor).slice(0, 3))];
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < least.ratio) least = { ratio, text: own.slice(0, 40) };
  }
  return least;
}
