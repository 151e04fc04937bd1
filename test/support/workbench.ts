import fs from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Frame, FrameLocator, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';
import { currentVersion, installCodeServer } from '../../scripts/vscode/codeServer.mjs';
import { quietSettings, startServer, type Server } from '../../scripts/vscode/server.mjs';
import { Temporary } from '../../scripts/vscode/temporary.mjs';
import { inProject } from './root';

/** A real VS Code workbench in a browser, driven as a person would: by clicks and keys, and by what can be seen. */

export interface WorkbenchOptions {
  /** Of VS Code; the current one if absent. */
  readonly version?: string;
  /** An adapter in the pages, or none. */
  readonly webgpu: boolean;
  /** A colour theme by its id: `Default Dark Modern`. */
  readonly theme?: string;
  /** The folder that is opened, copied first so that a test may change it; `samples/` if absent. */
  readonly folder?: string;
  readonly width?: number;
  readonly height?: number;
  /** Further extensions: folders with a manifest. */
  readonly extensions?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Ids of themes that both supported versions have. */
export const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

/** The themes' names in the palette, and what a workbench in one of them is marked with. */
const themeMarks = {
  dark: { label: 'Dark Modern', workbench: 'vs-dark' },
  light: { label: 'Light Modern', workbench: 'vs' },
  highContrast: { label: 'Dark High Contrast', workbench: 'hc-black' },
  highContrastLight: { label: 'Light High Contrast', workbench: 'hc-light' },
} as const;

/** Milliseconds for what has to be computed or started; most things take far less. */
const patience = 30_000;

/** @returns a workbench with the folder's files in the Explorer and the extension active */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { version = currentVersion, theme = themes.dark, width = 1400, height = 900 } = options;
  const install = await installCodeServer(version, console.log);
  const temporary = new Temporary();
  const started: { server?: Server; browser?: Browser } = {};
  try {
    const folder = temporary.folder('workspace');
    fs.cpSync(options.folder ?? inProject('samples'), folder, { recursive: true });
    const server = (started.server = await startServer({
      install,
      temporary,
      settings: { ...quietSettings, 'workbench.colorTheme': theme, ...options.settings },
      linked: [inProject(), ...(options.extensions ?? [])],
      test: true,
    }));
    const browser = (started.browser = await launchBrowser({ webgpu: options.webgpu }));
    const context = await browser.newContext({
      viewport: { width, height },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    const workbench = new Workbench(page, context, folder, browser, server, temporary);
    await page.goto(server.address(folder));
    await workbench.ready();
    return workbench;
  } catch (error) {
    await started.browser?.close();
    await started.server?.stop();
    temporary.remove();
    throw error;
  }
}

export class Workbench {
  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    /** The opened folder: a copy of what was asked for. */
    readonly folder: string,
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly temporary: Temporary,
  ) {}

  /**
   * Waits for the extension, which shows by the badge of a tensor file in the Explorer: the folder must hold one. A file
   * that is opened before that gets VS Code's page on binary files.
   */
  async ready(): Promise<void> {
    await this.page.locator('.explorer-folders-view .explorer-item[class*="monaco-decoration-itemBadge"]').first().waitFor();
  }

  /** Changes the colour theme as a person does, in the palette. */
  async setTheme(theme: keyof typeof themes): Promise<void> {
    const marked = this.page.locator(`.monaco-workbench.${themeMarks[theme].workbench}`);
    if ((await marked.count()) > 0) return;
    await this.palette('Preferences: Color Theme');
    // The list holds only the rows that are seen: first what is typed, then the row.
    const input = this.page.locator('.quick-input-widget:visible .quick-input-box input[placeholder*="Color Theme"]');
    await input.fill(themeMarks[theme].label);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: themeMarks[theme].label }).first().click();
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await marked.waitFor();
  }

  /** Loads the page again, as the browser's button does. Tabs come back as VS Code last saved them: not always the latest. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** A row of the Explorer. A file in a folder is there once its folder is open. */
  explorerRow(name: string) {
    return this.page.locator('.explorer-folders-view .monaco-list-row').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** What the Explorer says of a file beside its name: of a tensor file its header, and what was found. */
  async explorerTooltip(name: string): Promise<string> {
    const label = await this.explorerRow(name).locator('.explorer-item').getAttribute('aria-label');
    return label?.split(' • ').slice(1).join(' • ') ?? '';
  }

  /** Picks an item of a file's menu in the Explorer. */
  async explorerMenu(name: string, title: string): Promise<void> {
    await this.explorerRow(name).click({ button: 'right' });
    const menu = this.page.locator('.monaco-menu-container');
    const item = this.page.getByRole('menuitem', { name: title });
    await item.waitFor();
    // A menu takes no click in its first tenth of a second: that would be the end of the one that opened it.
    await this.repeated(async () => {
      if (await item.isVisible()) await item.click({ timeout: 1000 });
      await menu.waitFor({ state: 'hidden', timeout: 1000 });
    });
  }

  /** Opens a file for good, by a double click in the Explorer. */
  async openFile(name: string): Promise<void> {
    await this.explorerRow(name).dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Opens a file by its name, as with Ctrl+P: the Explorer need not be there. */
  async quickOpen(name: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible .quick-input-box input');
    await this.repeated(async () => {
      await this.page.keyboard.press('Control+P');
      await input.fill(name, { timeout: 1000 });
    });
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Until the editor's page has drawn what it was last told, some frames ago, and nothing lies over it. */
  async settled(): Promise<void> {
    const { width = 0, height = 0 } = this.page.viewportSize() ?? {};
    await this.page.mouse.move(width - 2, height - 2);
    await this.page.locator('.workbench-hover-container:visible').waitFor({ state: 'hidden' });
    await this.editor().locator('html').evaluate(async () => {
      for (let frame = 0; frame < 5; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    });
  }

  /** The document inside the visible editor. Frames of notebook outputs stay when another tab is shown, and name no extension. */
  editor(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready[src*="extensionId=normoscope"]:visible').frameLocator('iframe#active-frame');
  }

  /** Runs a command by its title in the palette, as `Normoscope: Show Log`. */
  async palette(title: string): Promise<void> {
    const rows = await this.paletteRows(title);
    // Others that hold the words may stand before it; its key stands behind it.
    const row = rows.findIndex((text) => text.split('\n')[0] === title);
    if (row < 0) throw new Error(`${title} is not among ${rows.join(', ')}`);
    await this.page.locator('.quick-input-list .monaco-list-row').nth(row).click();
  }

  /** Answers VS Code's own dialog that asks for a file, with a path as a person would type it. */
  async chooseFile(file: string): Promise<void> {
    const dialog = this.page.locator('.quick-input-widget:visible');
    const input = dialog.locator('.quick-input-box input');
    await input.waitFor();
    await this.repeated(async () => {
      await input.fill(file, { timeout: 1000 });
      await input.press('Enter', { timeout: 1000 });
      await dialog.waitFor({ state: 'hidden', timeout: 2000 });
    });
  }

  /** Opens the palette with `text` and leaves it open. @returns what it offers; the first of it holds `text` */
  async paletteRows(text: string): Promise<string[]> {
    const input = this.page.locator('.quick-input-widget:visible .quick-input-box input');
    await this.repeated(async () => {
      await this.page.keyboard.press('F1');
      await input.fill(`>${text}`, { timeout: 1000 });
    });
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: text }).first().waitFor();
    return rows.allInnerTexts();
  }

  async closePalette(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Rows of the Problems panel, which it opens: one for the file, one for each problem. */
  async problems(): Promise<string[]> {
    await this.palette('Problems: Focus on Problems View');
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  /**
   * Hovers over text of the open text editor and waits for a hover with `expected` in it.
   * @returns what the hover says
   */
  async hover(text: string, expected: string | RegExp): Promise<string> {
    await this.page.locator('.view-line').getByText(text, { exact: false }).first().hover();
    const hover = this.page.locator('.monaco-hover:visible', { hasText: expected }).first();
    await hover.waitFor();
    // It fades in.
    await hover.evaluate((element) => Promise.all(element.getAnimations({ subtree: true }).map(({ finished }) => finished)));
    return hover.innerText();
  }

  /** The frame inside the workbench that holds `selector`: outputs of a notebook share one, which has no fixed name. */
  async frameWith(selector: string): Promise<Frame> {
    const deadline = Date.now() + patience;
    for (;;) {
      for (const frame of this.page.frames()) {
        if (frame === this.page.mainFrame()) continue;
        const found = await frame.locator(selector).count().catch(() => 0);
        if (found > 0) return frame;
      }
      if (Date.now() > deadline) throw new Error(`No frame holds ${selector} within ${patience / 1000} seconds.`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Until it works: a key that is pressed while VS Code still moves the focus goes nowhere. */
  private async repeated(action: () => Promise<void>): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** The clipboard's text. */
  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async resize(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  /** A picture of the whole workbench in `test-results/`. @returns its path */
  async screenshot(name: string): Promise<string> {
    const file = inProject('test-results', `${name}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    this.temporary.remove();
  }
}
