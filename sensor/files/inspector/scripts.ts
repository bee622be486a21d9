/**
 * Scripts told by their content, for files whose name says something else. Every language needs two different signs,
 * each of them unusual in prose: a letter about a command is no script.
 */
import type { FileType } from '../types.ts';

/** Looked at from the beginning. */
const SAMPLE_CHARS = 16 * 1024;

interface Language {
  readonly magic: string;
  readonly mime: string;
  /** So many different ones must be there. */
  readonly needed: number;
  readonly signs: readonly RegExp[];
}

const INTERPRETERS: readonly (readonly [pattern: RegExp, magic: string, mime: string])[] = [
  [/\b(?:ba|da|z|k|c|tc|a)?sh\b/, 'Shell script', 'text/x-shellscript'],
  [/python/, 'Python script', 'text/x-python'],
  [/perl/, 'Perl script', 'text/x-perl'],
  [/ruby/, 'Ruby script', 'text/x-ruby'],
  [/node|deno|bun/, 'JavaScript program', 'text/javascript'],
  [/php/, 'PHP script', 'text/x-php'],
  [/pwsh|powershell/, 'PowerShell script', 'text/x-powershell'],
];

const LANGUAGES: readonly Language[] = [
  {
    magic: 'HTML application (HTA)',
    mime: 'application/hta',
    needed: 1,
    signs: [/<hta:application\b/i],
  },
  {
    magic: 'Windows script component',
    mime: 'text/scriptlet',
    needed: 2,
    signs: [
      /<(?:scriptlet|component|job|package)\b[^>]{0,400}>/i,
      /<script\b[^>]{0,400}language\s*=\s*["']?(?:vb|j)script/i,
      /<registration\b/i,
    ],
  },
  {
    magic: 'PHP script',
    mime: 'text/x-php',
    needed: 1,
    signs: [/^[ \t]*<\?php\s/i],
  },
  {
    magic: 'PowerShell script',
    mime: 'text/x-powershell',
    needed: 2,
    signs: [
      /^[ \t]*\$[a-z_]\w*\s*=\s*(?:\[|\(|@|"|'|\$|New-Object|Get-)/im,
      /\b(?:Invoke-Expression|Invoke-WebRequest|Invoke-RestMethod|Start-Process|New-Object|Set-ExecutionPolicy|ConvertTo-SecureString|Invoke-Command|Set-ItemProperty|New-ItemProperty|Add-Type|Get-WmiObject|Get-CimInstance|Out-Null|Write-Host)\b/i,
      /(?:^|[|;(=]\s*)iex\b\s*[($]/im,
      /\[(?:System\.)?(?:Convert|Text\.Encoding|IO\.\w+|Net\.\w+|Reflection\.\w+|Runtime\.\w+)[\w.]*\]::/i,
      /^[ \t]*param\s*\(\s*(?:\[|\$)/im,
      /^[ \t]*function\s+(?:[A-Z]\w*-\w+)\s*[({]/im,
    ],
  },
  {
    magic: 'Windows batch file',
    mime: 'text/x-msdos-batch',
    needed: 2,
    signs: [
      /^[ \t]*@?echo\s+off[ \t\r]*$/im,
      /%~[dpnxf]*[0-9]/i,
      /^[ \t]*@?(?:setlocal|endlocal)\b/im,
      /^[ \t]*@?set\s+(?:\/[ap]\s+"?\w+=|"?\w+=[^\n]{0,200}%\w+%)/im,
      /^[ \t]*@?goto\s+:?\w+[ \t\r]*$/im,
      /^[ \t]*@?if\s+(?:not\s+)?(?:exist\s+["%\w]|errorlevel\s+\d|defined\s+\w|"%)/im,
      /^[ \t]*@?(?:start\s+\/|del\s+\/|copy\s+\/|xcopy\s|reg\s+add\s|schtasks\s+\/|bitsadmin\s+\/|certutil\s+-|mshta\s|rundll32\s|regsvr32\s|wscript\s|cscript\s)/im,
      /%(?:temp|appdata|userprofile|comspec|windir|systemroot)%/i,
      /^[ \t]*@?powershell(?:\.exe)?\s+-/im,
    ],
  },
  {
    magic: 'VBScript',
    mime: 'text/vbscript',
    needed: 2,
    signs: [
      /\bCreateObject\s*\(\s*["']/i,
      /^[ \t]*(?:Dim|ReDim)\s+\w+(?:[ \t]*,[ \t]*\w+)*[ \t\r]*$/im,
      /^[ \t]*On\s+Error\s+Resume\s+Next[ \t\r]*$/im,
      /\bWScript\.(?:Shell|Echo|Sleep|Quit|CreateObject|Arguments|ScriptFullName)\b/i,
      /^[ \t]*Set\s+\w+\s*=\s*\w+/im,
      /^[ \t]*End\s+(?:Sub|Function|If|With)[ \t\r]*$/im,
      /^[ \t]*(?:Private\s+|Public\s+)?(?:Sub|Function)\s+\w+[ \t]*\([^)\n]{0,400}\)[ \t\r]*$/im,
      /\bChr\(\d+\)\s*&\s*Chr\(/i,
    ],
  },
  {
    magic: 'JavaScript program',
    mime: 'text/javascript',
    needed: 2,
    signs: [
      /\bnew\s+ActiveXObject\s*\(/i,
      /\bWScript\.(?:Shell|CreateObject|Quit|Sleep|Arguments)\b/i,
      /^[ \t]*(?:var|let|const)\s+\w+\s*=\s*(?:function\b|require\s*\(|new\s|\(|\[|\{|["'`])/im,
      /\bfunction\b[ \t]{0,4}\w{0,60}[ \t]{0,4}\([\w\s,]{0,400}\)\s{0,20}\{/,
      /\bString\.fromCharCode\s*\(/,
      /\beval\s*\(\s*(?:function|unescape|atob|String)\b/,
      /\bdocument\.(?:getElementById|write|createElement|cookie)\b/,
      /\bmodule\.exports\s*=|^[ \t]*(?:import|export)\s+(?:\{|\*|default|const|function)/m,
      /\)\s*=>\s*[{(]/,
    ],
  },
  {
    magic: 'Python script',
    mime: 'text/x-python',
    needed: 2,
    signs: [
      /^(?:import\s+[a-z_][\w.]*(?:[ \t]*,[ \t]*[a-z_][\w.]*)*|from\s+[a-z_][\w.]*\s+import\s+[\w*, \t(]{1,400})[ \t\r]*$/im,
      /^[ \t]*def\s+\w+[ \t]*\([^)\n]{0,400}\)[ \t]*(?:->[ \t]*[\w[\], .]{1,200})?:[ \t\r]*$/m,
      /^[ \t]*class\s+\w+[ \t]*(?:\([^)\n]{0,400}\))?:[ \t\r]*$/m,
      /^if\s+__name__\s*==\s*['"]__main__['"]\s*:/m,
      /\b(?:exec|eval)\s*\(\s*(?:base64|zlib|compile|__import__)/,
    ],
  },
  {
    magic: 'Windows registry file',
    mime: 'text/x-ms-regedit',
    needed: 1,
    signs: [/^\s{0,20}(?:Windows Registry Editor Version 5\.00|REGEDIT4)[ \t\r]*\n/],
  },
  {
    magic: 'Internet shortcut',
    mime: 'application/x-mswinurl',
    needed: 1,
    signs: [/^[ \t]*\[InternetShortcut\][\s\S]{0,2000}^URL\s*=/im],
  },
  {
    magic: 'Desktop entry',
    mime: 'application/x-desktop',
    needed: 1,
    signs: [/^[ \t]*\[Desktop Entry\][\s\S]{0,2000}^Exec\s*=/m],
  },
];

/** Of text as one character a byte; undefined when it is no script. */
export function scriptType(text: string): FileType | undefined {
  const sample = text.slice(0, SAMPLE_CHARS);
  if (sample.startsWith('#!')) {
    const line = sample.slice(2, 130).split('\n', 1)[0] ?? '';
    const found = INTERPRETERS.find(([pattern]) => pattern.test(line));
    if (found !== undefined) return { magic: found[1], mime: found[2], group: 'script' };
    if (/^[ \t]*\/\S+/.test(line))
      return { magic: 'Script', mime: 'text/x-script', group: 'script' };
  }
  if (isProse(sample)) return undefined;
  for (const { magic, mime, needed, signs } of LANGUAGES) {
    let seen = 0;
    for (const sign of signs) if (sign.test(sample)) seen++;
    if (seen >= needed) return { magic, mime, group: 'script' };
  }
  return undefined;
}

const LINES = 300;
/** Share of sentences that no script has: their comments have a mark before them. */
const SHARE_OF_PROSE = 0.3;
/** Five words and more, without what code is made of. */
const SENTENCE = /^[ \t]*[A-Za-z][\w'-]*(?:[ ,.:;]+[A-Za-z][\w'-]*){4}[^=(){}$%<>&|"[\]]*$/;
const REMARK = /^[ \t]*(?:rem\b|dim\b|set\b)/i;

/** Text that explains code, and shows some. */
function isProse(sample: string): boolean {
  let lines = 0;
  let sentences = 0;
  for (const line of sample.split('\n', LINES)) {
    if (line.length < 4) continue;
    lines++;
    if (line.length < 400 && SENTENCE.test(line) && !REMARK.test(line)) sentences++;
  }
  return lines >= 3 && sentences > lines * SHARE_OF_PROSE;
}
