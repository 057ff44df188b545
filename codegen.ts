import type { CodegenConfig } from '@graphql-codegen/cli'

/** Types of the operations that the SDK ships, from the committed schema: what the web app and integrators import. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['schema/operations/**/*.graphql'],
  importExtension: '.ts',
  generates: {
    'web/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { ID: 'string', DateTime: 'string', Version: 'string' },
      },
    },
  },
}

export default config
