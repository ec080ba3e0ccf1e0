// A short name for a browser and its system out of the User-Agent, for people to read.
const BROWSERS = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/SamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari/, 'Safari'],
];
const SYSTEMS = [
  [/iPhone|iPad|iPod/, 'iOS'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

export function browserName(agent) {
  const found = BROWSERS.map(([re, name]) => [re.exec(agent), name]).find(([m]) => m);
  const system = SYSTEMS.find(([re]) => re.test(agent))?.[1];
  if (!found && !system) return agent.slice(0, 60);
  return [found && `${found[1]} ${found[0][1]}`, system].filter(Boolean).join(' · ');
}
