/**
 * Lays out a table in plain text: columns as wide as their widest cell, the last one as it is.
 * @param {readonly (readonly (string | number)[])[]} rows the head first; numbers stand at the right of their column
 * @returns {string} one line for each row, each ending in a line feed
 */
export function formatTable(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const numeric = widths.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => {
        if (column === row.length - 1) return String(cell);
        return numeric[column] ? String(cell).padStart(widths[column] ?? 0) : String(cell).padEnd(widths[column] ?? 0);
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
