// Counts lines as a script would: readline and one expression.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const WORDS = /size mismatch|key\(s\) in state_dict|found shape|Trying to set a tensor|Error\(s\) in loading/;
const inputs = process.argv.length > 2 ? process.argv.slice(2).map((file) => createReadStream(file)) : [process.stdin];
let lines = 0;
for (const input of inputs) for await (const line of createInterface({ input, crlfDelay: Infinity })) if (WORDS.test(line)) lines++;
console.log(lines);
