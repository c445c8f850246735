import { storeContract } from '../store-contract.ts';
import { openSqliteAlone } from './sqlite-folder.ts';

storeContract('SQLite', openSqliteAlone);
