/** Why a workbook was not read: one sentence that follows the file's name, and says what is wrong, where, and what to do. */
export class Unread extends Error {}

/** What helps with whatever the sheets of a workbook are. */
export const saveAgain = "Open it in your spreadsheet program and save it as .xlsx or CSV.";

/** A file that its own maker would not have written so. */
export function damaged(where: string): Unread {
  return new Unread(`is damaged (${where}). ${saveAgain}`);
}
