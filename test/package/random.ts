export { Random } from '../../tasks/random-builds/random.ts';
