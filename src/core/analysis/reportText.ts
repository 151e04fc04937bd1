import type { Block } from './reportDocument';

/** The policy below allows this style and nothing else: a change of one needs the other. */
const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;color:#1f2328;background:#fff}h1{font-size:1.4em;overflow-wrap:anywhere}h2{font-size:1.1em;margin:1.6em 0 .4em;border-bottom:1px solid #d0d7de}table{border-collapse:collapse;margin:.6em 0}th,td{padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}th{font-weight:600}td+td{font-family:ui-monospace,monospace;font-size:.93em}div{overflow-x:auto}figure{display:inline-block;margin:8px 16px 8px 0}img{max-width:100%;width:460px}`;

/** Base64 of the style's SHA-256. */
const styleHash = 'En0X5KkuACupYcvFqJsjEf9snh1a+jig/RYlb5QNq8c=';

/** One HTML file: no scripts, nothing loaded, pictures within; the policy forbids what it does not need. */
export function reportHtml(blocks: readonly Block[]): string {
  const title = blocks.find(({ kind }) => kind === 'title');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title !== undefined && 'text' in title ? title.text : 'Normoscope')}</title>
<style>${style}</style>
</head>
<body>
${blocks.map(htmlOf).join('\n')}
</body>
</html>
`;
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${html(block.text)}</h1>`;
    case 'heading':
      return `<h2>${html(block.text)}</h2>`;
    case 'paragraph':
      return `<p>${html(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${html(item)}</li>`).join('')}</ul>`;
    case 'table': {
      const row = (cells: readonly string[], name: 'td' | 'th') => `<tr>${cells.map((cell) => `<${name}>${html(cell)}</${name}>`).join('')}</tr>`;
      const head = block.head.every((cell) => cell === '') ? '' : row(block.head, 'th');
      return `<div><table>${head}${block.rows.map((cells) => row(cells, 'td')).join('')}</table></div>`;
    }
    case 'picture':
      return `<figure><img src="${dataUri(block.base64)}" alt="${html(block.title)}"></figure>`;
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function html(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Markdown with tables (GFM); pictures are data URIs, which not every viewer shows. */
export function reportMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `# ${markdown(block.text)}`;
    case 'heading':
      return `## ${markdown(block.text)}`;
    case 'paragraph':
      return markdown(block.text);
    case 'list':
      return block.items.map((item) => `- ${markdown(item)}`).join('\n');
    case 'table': {
      const row = (cells: readonly string[]) => `| ${cells.map(markdown).join(' | ')} |`;
      return [row(block.head), `|${block.head.map(() => ':--').join('|')}|`, ...block.rows.map(row)].join('\n');
    }
    case 'picture':
      return `![${markdown(block.title)}](${dataUri(block.base64)})`;
  }
}

/** Text that is text and no markup: no emphasis, link, list, table cell, tag or address that is made a link of. */
function markdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>&|~#!]/g, (character) => entities[character] ?? `\\${character}`)
    .replace(/:\/\//g, '&#58;//')
    .replace(/www\./gi, (start) => `${start.slice(0, -1)}&#46;`)
    .replace(/@/g, '&#64;')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^([-+=])(?=[-+=\s]|$)/, '\\$1');
}

/** On one line, without characters that hide, reorder or end text. */
function printable(text: string): string {
  return text.replace(/[\s\u0085]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd').trim();
}

function dataUri(base64: string): string {
  // Nothing else can stand in it, wherever it came from.
  return `data:image/png;base64,${base64.replace(/[^A-Za-z0-9+/=]/g, '')}`;
}
