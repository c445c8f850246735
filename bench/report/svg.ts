/** Pictures for docs: SVG that follows the reader's colour scheme, without a font or script of its own. */
const style = `
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.quiet { fill: #59636e; font-size: 12px }
.right { text-anchor: end }
.middle { text-anchor: middle }
.product { fill: #0969da; stroke: #0969da }
.peer0 { fill: #8c959f; stroke: #8c959f }
.peer1 { fill: #bcc4cc; stroke: #bcc4cc }
.peer2 { fill: #d8dee4; stroke: #d8dee4 }
.peer3 { fill: #54aeff; fill-opacity: 0.45; stroke: #54aeff }
.series0 { fill: #0969da; stroke: #0969da }
.series1 { fill: #bc4c00; stroke: #bc4c00 }
.series2 { fill: #1a7f37; stroke: #1a7f37 }
.series3 { fill: #8250df; stroke: #8250df }
.series4 { fill: #bf3989; stroke: #bf3989 }
.good { fill: #1a7f37 }
.bad { fill: #bc4c00 }
.line { fill: none !important; stroke-width: 2 }
.axis { stroke: #8c959f; stroke-width: 1 }
.grid { stroke: #8c959f; stroke-width: 1; stroke-opacity: 0.3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .product { fill: #4493f8; stroke: #4493f8 }
  .peer0 { fill: #7d8590; stroke: #7d8590 }
  .peer1 { fill: #565d66; stroke: #565d66 }
  .peer2 { fill: #3d444d; stroke: #3d444d }
  .peer3 { fill: #4493f8; fill-opacity: 0.4; stroke: #4493f8 }
  .series0 { fill: #4493f8; stroke: #4493f8 }
  .series1 { fill: #db6d28; stroke: #db6d28 }
  .series2 { fill: #3fb950; stroke: #3fb950 }
  .series3 { fill: #ab7df8; stroke: #ab7df8 }
  .series4 { fill: #db61a2; stroke: #db61a2 }
  .good { fill: #3fb950 }
  .bad { fill: #db6d28 }
}
`;

export const pictureWidth = 760;

/** A whole picture; `description` is for those who do not see it. */
export function picture(height: number, description: string, parts: readonly string[]): string {
  const size = `width="${pictureWidth}" height="${height}" viewBox="0 0 ${pictureWidth} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escape(description)}</title>`,
    `<style>${style}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function text(x: number, y: number, content: string, classes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${classOf(classes)}>${escape(content)}</text>`;
}

export function bar(x: number, y: number, width: number, height: number, classes: string): string {
  const size = `width="${round(Math.max(1, width))}" height="${height}"`;
  return `<rect x="${round(x)}" y="${round(y)}" ${size} rx="1.5" stroke="none"${classOf(classes)}/>`;
}

export function line(points: readonly (readonly [x: number, y: number])[], classes: string): string {
  const places = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return `<polyline points="${places}"${classOf(classes)}/>`;
}

export function dot(x: number, y: number, classes: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5"${classOf(classes)}/>`;
}

function classOf(classes: string): string {
  return classes === '' ? '' : ` class="${classes}"`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
