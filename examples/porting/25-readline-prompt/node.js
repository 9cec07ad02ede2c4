'use strict';
// Ask for what a project needs, and write it to a file.
//
//     node node.js [FILE]
//
// An answer that will not do is asked for again. If the input ends early, nothing is written.
const fs = require('fs');
const readline = require('readline');

const QUESTIONS = [
  { key: 'name', text: 'Name? ', accepts: /^[a-z][a-z0-9-]*$/, hint: 'lower case letters, digits, -' },
  { key: 'port', text: 'Port (8080)? ', preset: '8080', accepts: /^[0-9]{1,5}$/, hint: 'a number' },
  { key: 'tags', text: 'Tags, with commas? ', accepts: /^/, parse: (text) => text.split(/[ ,]+/).filter(Boolean) },
];

function interview(rl, output, callback) {
  const answers = {};

  function ask(index) {
    if (index === QUESTIONS.length) return confirm();
    const { key, text, preset = '', accepts, hint, parse = String } = QUESTIONS[index];
    rl.question(text, (line) => {
      const answer = line.trim() || preset;
      if (!accepts.test(answer)) {
        output.write(`Please: ${hint}\n`);
        return ask(index);
      }
      answers[key] = parse(answer);
      ask(index + 1);
    });
  }

  function confirm() {
    rl.question('All right (yes)? ', (line) => {
      if (/^n/i.test(line.trim())) return ask(0);
      rl.off('close', closed);
      rl.close();
      callback(null, answers);
    });
  }

  function closed() {
    callback(new Error('The input has ended: nothing is written.'));
  }

  rl.on('close', closed);
  ask(0);
}

const path = process.argv[2] || 'project.json';
const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
interview(rl, process.stdout, (err, answers) => {
  process.stdout.write('\n');
  if (err) {
    console.error(err.message);
    process.exitCode = 1;
    return;
  }
  const file = fs.createWriteStream(path);
  file.on('error', (failure) => {
    console.error(`${path}: ${failure.code}`);
    process.exitCode = 2;
  });
  file.on('finish', () => console.log(`${path} is written.`));
  file.end(JSON.stringify(answers, null, 2) + '\n');
});
