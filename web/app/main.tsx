import { createRoot } from 'react-dom/client'
import '../ui/tokens.css'
import '../ui/base.css'
import { App } from './app.tsx'
import { openDirectory } from './local-directory.ts'
import { Preferences } from './preferences.ts'
import { Router } from './router.ts'
import { Session, type Account } from './session.ts'

const root = document.querySelector('#root')
if (!root) throw new Error('the page has no place for the app')

const session = new Session()
const open = (account: Account) => openDirectory(session, account)
createRoot(root).render(
  <App session={session} router={new Router()} preferences={new Preferences()} open={open} />,
)
void session.start()
