import type { peopleZhCN } from './people-zh-cn.ts'

export const peopleEn: Readonly<Record<keyof typeof peopleZhCN, string>> = {
  cellOf: '{column} of {name}',
  cellHint: 'Double-click to edit',
  keepTheirs: 'Keep what is there',
  keepMine: 'Write mine over it',
  movePeople: 'Move {count} people to {name}',
  movePeopleNow: 'Move',
  movePeopleWay: 'How they are moved',
  movePeople_move: 'Only a member of this department',
  movePeople_add: 'A member of this one besides the others',
  movePeopleThere: 'They are in this department already.',
  movePeopleMore:
    'This is the effect for the first {count}; all others are saved one by one, each with its result.',
  bulkRunning: 'Working: {done} of {total}',
  bulkStop: 'Stop',
  bulkStopping: 'Stopping…',
  bulkClose: 'Close',
  bulkGoOn: 'Go on with the other {count}',
  bulkAway:
    'The server does not answer, and nobody knows whether the last batch was saved. You can go on: nothing is done twice.',
  bulkRefusals: 'People for whom it was not done',
}
