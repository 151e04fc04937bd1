import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { inProject } from './root';

/** Served to the browser: a secure context, as WebGPU asks for. */
export const origin = 'http://localhost/';

export interface BundlePage {
  readonly page: Page;
  /** Errors that the page threw or wrote to its console. */
  readonly errors: string[];
  close(): Promise<void>;
}

/** An empty page that serves the built files of a folder of `dist`. */
export async function openEmptyPage(browser: Browser, folder: string, { head = '', width = 1000, height = 800 } = {}): Promise<BundlePage> {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const errors = errorsOf(page);
  await page.route(`${origin}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: `<!DOCTYPE html><html lang="en"><head><title>Normoscope</title>${head}</head><body></body></html>` });
    const asset = inProject('dist', folder, name);
    return fs.existsSync(asset) ? route.fulfill({ path: asset }) : route.fulfill({ status: 204 });
  });
  await page.goto(origin);
  return { page, errors, close: () => context.close() };
}

/** Collects what goes wrong on a page. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return errors;
}

/** Where a test's picture goes, to be looked at. */
export function pictureFile(name: string): string {
  const file = inProject('test-results', 'page', `${name.replace(/[^\w-]+/g, '-')}.png`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return file;
}
