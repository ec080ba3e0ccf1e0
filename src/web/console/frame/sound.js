// The console's voice: tones that are made here, so that there is nothing to load, and whether the
// browser lets them be heard.  How loud and what they are like is the agent's, wherever he is; that
// this device is silent is the device's.
import { signal } from '../../vendor/ui.js';
import { toast } from '../base/bits.js';
import { choices, store } from '../base/here.js';
import { t, zone } from '../base/words.js';
import { isQuiet } from './quiet.js';

const CHIME_GAP_MS = 400;
const QUIETER = 0.6; // a message, beside an offer

// Of each voice: the shape of its wave, and the notes [frequency, after s, for s] of an offer and of
// a message.
const VOICES = {
  chime: ['sine', [[659, 0, 0.5], [880, 0.18, 0.7]], [[740, 0, 0.25]]],
  bell: ['triangle', [[988, 0, 0.9], [1319, 0.15, 1.2]], [[1175, 0, 0.4]]],
  wood: ['sine', [[247, 0, 0.12], [247, 0.16, 0.12], [330, 0.32, 0.2]], [[294, 0, 0.12]]],
};

export const sound = signal({ blocked: true });
let audio = null;

const mine = () => store.peek()?.agent.peek()?.alerts || { volume: 60, tone: 'chime', quiet: '' };
export const isQuietNow = (at = Date.now()) => isQuiet(mine().quiet, zone.peek(), at);

function ready() {
  sound.value = { blocked: !audio || audio.state !== 'running' };
}

// test: ring as an offer does; with values that are not saved yet, by those.
export async function unlockSound(test, how = mine()) {
  try {
    audio ||= new AudioContext();
    audio.onstatechange = ready;
    await audio.resume();
  } catch {
    // no device: the banner stays
  }
  ready();
  if (test) {
    if (sound.peek().blocked) toast(t('sound.none'), { kind: 'warn' });
    else play(how, 1, 1);
  }
}

function note(type, frequency, at, seconds, volume) {
  const voice = audio.createOscillator();
  const level = audio.createGain();
  voice.type = type;
  voice.frequency.value = frequency;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(volume, at + 0.02);
  level.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  voice.connect(level).connect(audio.destination);
  voice.start(at);
  voice.stop(at + seconds);
}

function play({ tone, volume }, which, share) {
  const voice = VOICES[tone] || VOICES.chime;
  for (const [frequency, after, seconds] of voice[which])
    note(voice[0], frequency, audio.currentTime + after, seconds,
      Math.max(0.001, (volume / 200) * share));
}

const isHeard = () => audio?.state === 'running' && choices.peek().sound && !isQuietNow();

// An offer.
export function ring() {
  if (isHeard()) play(mine(), 1, 1);
}

// A message: one tone, softer; a flood of them is one.
let chimedAt = 0;
export function chime() {
  if (!isHeard() || Date.now() - chimedAt < CHIME_GAP_MS) return;
  chimedAt = Date.now();
  play(mine(), 2, QUIETER);
}

// A browser that allows sound without a gesture needs no banner.
export function startSound() {
  audio ||= 'AudioContext' in globalThis ? new AudioContext() : null;
  if (audio) audio.onstatechange = ready;
  ready();
}
